"""`keras.legacy.interfaces` of Keras 2: decorators of constructors that understand Keras 1.

Classes of users, often copies of Keras' own, have them on their constructors; each translates what
the class of Keras that it is named after was given in Keras 1.
"""

import functools

from kerajax.objects import old_spellings


def _like(owner):
    """A decorator of constructors that take the old arguments of the class `owner`."""

    def decorate(init):
        @functools.wraps(init)
        def call(self, *args, **kwargs):
            return old_spellings(owner)(functools.partial(init, self))(*args, **kwargs)

        return call

    return decorate


legacy_dense_support = _like("Dense")
legacy_dropout_support = _like("Dropout")
legacy_embedding_support = _like("Embedding")
legacy_pooling1d_support = _like("MaxPooling1D")
legacy_pooling2d_support = _like("MaxPooling2D")
legacy_pooling3d_support = _like("MaxPooling3D")
legacy_global_pooling_support = _like("GlobalMaxPooling2D")
legacy_prelu_support = _like("PReLU")
legacy_gaussiannoise_support = _like("GaussianNoise")
legacy_gaussiandropout_support = _like("GaussianDropout")
legacy_recurrent_support = _like("LSTM")
legacy_lambda_support = _like("Lambda")
legacy_batchnorm_support = _like("BatchNormalization")
legacy_zeropadding2d_support = _like("ZeroPadding2D")
legacy_zeropadding3d_support = _like("ZeroPadding3D")
legacy_cropping2d_support = _like("Cropping2D")
legacy_cropping3d_support = _like("Cropping3D")
legacy_spatialdropout1d_support = _like("SpatialDropout1D")
legacy_spatialdropoutNd_support = _like("SpatialDropout2D")
legacy_conv1d_support = _like("Conv1D")
legacy_conv2d_support = _like("Conv2D")
legacy_conv3d_support = _like("Conv3D")
legacy_deconv2d_support = _like("Conv2DTranspose")
legacy_separable_conv2d_support = _like("SeparableConv2D")
legacy_convlstm2d_support = _like("ConvLSTM2D")
legacy_upsampling1d_support = _like("UpSampling1D")
legacy_upsampling2d_support = _like("UpSampling2D")
legacy_upsampling3d_support = _like("UpSampling3D")
legacy_model_constructor_support = _like("Model")


def legacy_get_updates_support(get_updates):
    """`get_updates(loss, params)` of an optimizer as it is: it is always called in this order."""
    return get_updates


def legacy_add_weight_support(add_weight):
    """`add_weight` as it is: that of every layer understands all orders of its arguments."""
    return add_weight

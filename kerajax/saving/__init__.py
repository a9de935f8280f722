"""Saving and loading: models, weights and configurations, in every format of Keras."""

"""The classic introductory Keras script. Run it with `kerajax run examples/classic.py`.

The part below the data is as written for Keras 1 and 2, with `lr` and `decay`.
"""

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

X, y = load_breast_cancer(return_X_y=True)
X = ((X - X.mean(axis=0)) / X.std(axis=0))[:, :8]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import SGD
model = Sequential()
model.add(Dense(10, input_dim=8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=False)
model.compile(loss='binary_crossentropy', optimizer=sgd, metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, batch_size=32, verbose=0)
loss, accuracy = model.evaluate(X_test, y_test)

print(f"test loss {loss:.3f}, test accuracy {accuracy:.3f}")

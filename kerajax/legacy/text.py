"""Words as numbers, as `keras.preprocessing.text` had it until Keras 3.

Today the layer `TextVectorization` does this as a part of the model.
"""

import collections
import hashlib
import json
import string

import numpy as np

from kerajax._checks import one_of
from kerajax.objects import old_spellings

_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(text, filters=_FILTERS, lower=True, split=" "):
    r"""The words of a text.

    Args:
        text: String.
        filters: String of the characters that separate words as `split` does.
        lower: Bool. Whether words are in lower case.
        split: String between words.

    Returns:
        List of strings.

    Example:

    >>> text_to_word_sequence("So it goes, and goes.")
    ['so', 'it', 'goes', 'and', 'goes']
    """
    text = text.lower() if lower else text
    for character in filters:
        text = text.replace(character, split)
    return [word for word in text.split(split) if word]


def base_filter() -> str:
    """The characters that Keras 1 took for separators: punctuation without the apostrophe.

    Example:

    >>> "'" in base_filter(), "!" in base_filter()
    (False, True)
    """
    return string.punctuation.replace("'", "") + "\t\n"


def one_hot(text, n, filters=_FILTERS, lower=True, split=" ", analyzer=None):
    """Words as numbers by Python's `hash`, which differs from run to run: see `hashing_trick`."""
    return hashing_trick(text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text, n, hash_function=None, filters=_FILTERS, lower=True, split=" ", analyzer=None
):
    """Words as numbers from 1 to `n - 1`; several words may have the same.

    Args:
        text: String.
        n: Int > 1. Number of numbers, 0 included, which no word has.
        hash_function: None for Python's `hash`, which differs from run to run, `"md5"`, which does
            not, or a function of a string that returns an int.
        filters: String of the characters that separate words.
        lower: Bool. Whether words are in lower case.
        split: String between words.
        analyzer: Function of the text that returns its words, in place of
            `text_to_word_sequence`.

    Returns:
        List of ints.

    Example:

    >>> hashing_trick("So it goes", 10, "md5")
    [8, 5, 6]
    """
    if hash_function == "md5":
        number = _md5
    else:
        number = hash if hash_function is None else hash_function
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [number(word) % (n - 1) + 1 for word in words]


def _md5(word) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Numbers words by their frequency; the most frequent is 1 (2 where there is `oov_token`).

    Args:
        num_words: Int or None. Words with this number and above are left out of results.
        filters: String of the characters that separate words.
        lower: Bool. Whether words are in lower case.
        split: String between words.
        char_level: Bool. Whether characters take the place of words.
        oov_token: String that stands for words that are not known or left out, or None.
        analyzer: Function of the text that returns its words, in place of
            `text_to_word_sequence`.
        **kwargs: `document_count`, an int to begin with.

    Example:

    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["so it goes", "and it went"])
    >>> tokenizer.texts_to_sequences(["it goes on"])
    [[1, 3]]
    """

    @old_spellings("Tokenizer")
    def __init__(
        self,
        num_words=None,
        filters=_FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        analyzer=None,
        **kwargs,
    ):
        self.document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.word_counts = collections.OrderedDict()
        self.word_docs = collections.defaultdict(int)
        self.index_docs = collections.defaultdict(int)
        self.word_index: dict = {}
        self.index_word: dict = {}

    def _words(self, text):
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [w.lower() for w in text] if isinstance(text, list) else text.lower()
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts):
        """Counts the words of texts (strings, or lists of words) and numbers them."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        known = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        known = known if self.oov_token is None else [self.oov_token, *known]
        self.word_index = {word: number for number, word in enumerate(known, 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Counts in how many sequences of numbers each number is, for `mode="tfidf"`."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts):
        """Each text as the list of its words' numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """As `texts_to_sequences`, one list after the other."""
        other = self.word_index.get(self.oov_token)
        for text in texts:
            numbers = [self._kept(self.word_index.get(w), other) for w in self._words(text)]
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences):
        """Each list of numbers as its words, with spaces between them."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """As `sequences_to_texts`, one text after the other."""
        other = self.word_index.get(self.oov_token)
        for sequence in sequences:
            known = [number if number in self.index_word else None for number in sequence]
            kept = [self._kept(number, other) for number in known]
            yield " ".join(self.index_word[number] for number in kept if number is not None)

    def _kept(self, number, other):
        """The number of a word, or of what stands for it; None where nothing does."""
        too_large = number is not None and self.num_words and number >= self.num_words
        return other if number is None or too_large else number

    def texts_to_matrix(self, texts, mode="binary"):
        """Each text as a row of `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """A row per list of numbers, a column per number.

        Args:
            sequences: Lists of ints.
            mode: `"binary"` (1 where the number is in the list), `"count"`, `"freq"` (count by
                length of the list) or `"tfidf"`, `(1 + log(count)) * log(1 + documents / (1 +
                documents with it))`.

        Returns:
            numpy array `(lists, num_words)` of float64.

        Raises:
            ValueError: If the number of words is not known, or nothing was fitted for `"tfidf"`.
        """
        one_of(mode, "mode", "sequences_to_matrix", ("binary", "count", "freq", "tfidf"))
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Tokenizer needs to know how many columns the matrix has. Pass `num_words`, or "
                "call `fit_on_texts` first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError(
                "Tokenizer has counted no documents, which mode 'tfidf' needs. Call "
                "`fit_on_texts` or `fit_on_sequences` first."
            )
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences, strict=True):
            for number, count in collections.Counter(sequence).items():
                if number < columns:
                    row[number] = self._entry(mode, number, count, len(sequence))
        return matrix

    def _entry(self, mode, number, count, length):
        if mode == "tfidf":
            documents = self.index_docs.get(number, 0)
            return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + documents))
        return {"binary": 1, "count": count, "freq": count / length}[mode]

    def get_config(self):
        """Arguments and counts; the counts as JSON."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        counts = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            **{name: getattr(self, name) for name in (*names, "document_count")},
            **{name: json.dumps(getattr(self, name)) for name in counts},
        }

    def to_json(self, **kwargs):
        """The tokenizer as a string that `tokenizer_from_json` reads.

        Args:
            **kwargs: Passed to `json.dumps`.
        """
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def tokenizer_from_json(json_string):
    """The tokenizer that `Tokenizer.to_json` wrote.

    Example:

    >>> tokenizer = Tokenizer(num_words=3)
    >>> tokenizer.fit_on_texts(["so it goes"])
    >>> tokenizer_from_json(tokenizer.to_json()).word_index
    {'so': 1, 'it': 2, 'goes': 3}
    """
    config = dict(json.loads(json_string)["config"])
    counts = {
        name: json.loads(config.pop(name))
        for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    }
    for name in ("index_docs", "index_word"):
        counts[name] = {int(number): value for number, value in counts[name].items()}
    tokenizer = Tokenizer(**config)
    for name, value in counts.items():
        getattr(tokenizer, name).update(value)
    return tokenizer

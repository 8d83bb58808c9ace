"""Everything askdivide raises on purpose.

    AskDivideError
    ├── SettingsError           a setting is unknown, of the wrong kind or out of bounds
    ├── CorpusError             the corpus folder, or a document of it, cannot be read
    │   └── UnreadableDocument  one document; the others are not affected
    │       └── ReadsTooLong    it would the next time, too
    ├── FetchError              an address on the web cannot be fetched
    ├── QuestionError           a question is empty or too long
    ├── IndexProblem            the index cannot be used as it is
    │   ├── IndexMissing        there is none yet
    │   ├── IndexMismatch       it was made with other settings
    │   ├── IndexDamaged        its files are not an index, or are broken
    │   └── IndexBusy           another process is writing it
    ├── EmbeddingError          the embedding model cannot be loaded
    ├── ModelError              the answer model failed
    │   ├── ModelUnknown        no model has that name
    │   ├── ModelUnavailable    it did not answer; asking again may help
    │   │   └── NoAnswer        it did not answer this question; another one may do better
    │   └── CredentialsMissing  its key is not set
    └── ExtraMissing            an optional dependency is not installed

A message says what happened, to what, and what to do about it, in one line.
"""


class AskDivideError(Exception):
    """Base of all errors that askdivide raises on purpose."""


class SettingsError(AskDivideError):
    """A setting is unknown, of the wrong kind or out of bounds."""


class CorpusError(AskDivideError):
    """The corpus cannot be read."""


class UnreadableDocument(CorpusError):
    """One document cannot be read; its message is the reason alone, without the path."""


class ReadsTooLong(UnreadableDocument):
    """It takes too long to be read, and would the next time."""


class FetchError(AskDivideError):
    """An address on the web cannot be fetched; its message is the reason alone, without the address."""


class QuestionError(AskDivideError):
    """The question itself is at fault."""


class IndexProblem(AskDivideError):
    """The index cannot be used as it is."""


class IndexMissing(IndexProblem):
    """There is no index in the folder."""


class IndexMismatch(IndexProblem):
    """The index was made with other settings than the ones in force."""


class IndexDamaged(IndexProblem):
    """The folder holds something that is not a usable index."""


class IndexBusy(IndexProblem):
    """Another process is writing the index."""


class EmbeddingError(AskDivideError):
    """The embedding model cannot be found, loaded or run."""


class ModelError(AskDivideError):
    """The answer model failed."""


class ModelUnknown(ModelError):
    """No answer model has that name."""


class ModelUnavailable(ModelError):
    """The answer model did not answer; asking again may help."""


class NoAnswer(ModelUnavailable):
    """The answer model was asked and gave no answer: the question is too long for it, or filtered, or it came to nothing."""


class CredentialsMissing(ModelError):
    """The answer model needs a key that is not set."""


class ExtraMissing(AskDivideError):
    """An optional dependency is not installed."""

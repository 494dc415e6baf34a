"""What went wrong with a model, as a sentence for the athlete: never its own words, never a key."""

from __future__ import annotations

UNREACHABLE = "The language model's server cannot be reached."
TOO_SLOW = "The language model did not answer in time."
BUSY = "The language model's server is busy and asked to wait."
KEY_REFUSED = "The language model's server does not accept the key."
NO_SUCH_MODEL = "The language model's server does not know the model."
BROKEN_ANSWER = "The language model answered in a way that cannot be read."
BROKEN_OFF = "The language model's answer broke off."
SERVER_ERROR = "The language model's server has an error."
REFUSED = "The language model's server refused the request."
TOO_MUCH = "The answer would have needed more than a turn may use."
ENDLESS = "The language model's answer did not come to an end."
NOTHING = "The language model answered with nothing."
NOT_INSTALLED = "No language models are installed: the extra 'coach' is missing."
NOT_USABLE = "The language model's settings cannot be used."
UNKNOWN = "The language model could not answer."

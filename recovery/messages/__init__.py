"""What the customer reads, in 17 languages: `speak(language)` gives a `Speaker`.

English stands in ``english/*.toml``, one text per id; the other languages are gettext catalogues under
``locale/``, one ``.po`` per language with the id as context. Reasons in the code are for staff; what a
customer reads is here.
"""

from recovery.messages.languages import LANGUAGES, choose_language
from recovery.messages.speaker import Speaker, Words, speak

__all__ = ["LANGUAGES", "Speaker", "Words", "choose_language", "speak"]

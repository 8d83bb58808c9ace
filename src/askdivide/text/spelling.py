"""What a stemmer of English leaves apart: irregular forms of one word, and its British and American spellings.

Both are brought to a normal form that is only ever compared with itself, so it need not be a word: it is enough that
hardly any two words of different meaning share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Left out are forms that are as often another word: bit, bore, bound, ground, lay, saw, shed, wound.
_FORMS = """
arise arose arisen|awake awoke awoken|bear borne|beat beaten|become became|befall befell befallen|begin began begun|behold beheld
bend bent|bereave bereft|bite bitten|bleed bled|blow blew blown|break broke broken|breed bred|bring brought|broadcast broadcasted
build built|burn burnt|buy bought|catch caught|choose chose chosen|cling clung|come came|creep crept|deal dealt|dig dug|draw drew drawn
dream dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled
fling flung|fly flew flown|forbid forbade forbidden|foresee foresaw foreseen|forget forgot forgotten|forgive forgave forgiven
forsake forsook forsaken|freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown|hang hung|hear heard
hide hid hidden|hold held|keep kept|kneel knelt|know knew known|lay laid|lead led|lean leant|leap leapt|learn learnt|leave left
lend lent|lie lain|light lit|lose lost|make made|mean meant|meet met|mislead misled|misunderstand misunderstood|mow mown
outgrow outgrew outgrown|overcome overcame|overhear overheard|oversee oversaw overseen|overtake overtook overtaken
overthrow overthrew overthrown|pay paid|prove proven|rebuild rebuilt|repay repaid|resell resold|rewrite rewrote rewritten
ride rode ridden|ring rang rung|rise rose risen|run ran|saw sawn|say said|see seen|seek sought|sell sold|send sent|sew sewn
shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat|sleep slept
slide slid|sling slung|sow sown|speak spoke spoken|speed sped|spend spent|spill spilt|spin spun|spoil spoilt|spring sprang sprung
stand stood|steal stole stolen|stick stuck|sting stung|stride strode|strike struck stricken|strive strove striven|swear swore sworn
sweep swept|swell swollen|swim swam swum|swing swung|take took taken|teach taught|tear tore torn|tell told|think thought
throw threw thrown|tread trod trodden|undergo underwent undergone|understand understood|undertake undertook undertaken
undo undid undone|uphold upheld|wake woke woken|wear wore worn|weave wove woven|weep wept|win won|withdraw withdrew withdrawn
withhold withheld|withstand withstood|wring wrung|write wrote written
child children|man men|woman women|foot feet|tooth teeth|goose geese|mouse mice|louse lice|ox oxen
half halves|knife knives|loaf loaves|scarf scarves|shelf shelves|thief thieves|wife wives|wolf wolves
crisis crises|criterion criteria|hypothesis hypotheses|index indices|matrix matrices|phenomenon phenomena|vertex vertices
defense defence|offense offence|license licence|pretense pretence|gray grey|tire tyre|practice practise
practiced practised|practicing practising|aluminum aluminium|program programme|jewelry jewellery|judgment judgement|aging ageing
skeptic sceptic|skeptical sceptical|skepticism scepticism
check cheque|maneuver manoeuvre|pajamas pyjamas|mustache moustache|fulfill fulfil|skillful skilful|enroll enrol|installment instalment
"""
_BASE = {form: base for group in re.split(r"[|\n]", _FORMS.strip()) for base, *forms in [group.split()] for form in forms}
_PLURAL = re.compile(r"(?<=[a-z]{3})s$")
_WORD_SPELLINGS = (
    (re.compile(r"(?<=[a-z][bt])re(?=s?$)"), "er"),
    # The stemmer takes "-ize" for an ending, as it is in "organise"; not in "raise", "revise", "exercise".
    (re.compile(r"(?<=[a-z][a-z])(?<![aeiouv])(?<!(?<!i)c)is(?=(?:e[drs]?|ers|ing|able|ations?)$)"), "iz"),
    (re.compile(r"(?<=[a-z]l)ys(?=(?:e[drs]?|ers|ing)$)"), "yz"),
)
_STEM_SPELLINGS = (
    # colour, neighbourhood, labourer, favourite; not four, hour, tour.
    (re.compile(r"(?<=[a-z]{2})our(?=$|hood|abl|al$|er$|ful|it|ist|less)"), "or"),
    (re.compile(r"(?<=[a-z]{3})logu$"), "log"),
    # travelled, modelling, counsellor: of other letters the stemmer itself leaves one.
    (re.compile(r"(?<=[a-z]{2}[aeiou])ll(?=$|or$|er$)"), "l"),
    # paediatric, archaeology.
    (re.compile(r"(?<=[a-z])ae(?=[a-z]{3})"), "e"),
    (re.compile(r"^mould"), "mold"),
    (re.compile(r"^plough"), "plow"),
)


def base_form(word: str) -> str:
    """A lower-case `word` as it is to be stemmed: of an irregular verb or noun its base, of two spellings that a stemmer minds, one."""
    if base := _BASE.get(word):
        word = base
    elif base := _BASE.get(_PLURAL.sub("", word)):
        word = base + "s"
    return _replaced(word, _WORD_SPELLINGS)


def one_spelling(stem: str) -> str:
    """A stem in the spelling that its British and its American form share."""
    return _replaced(stem, _STEM_SPELLINGS)


def _replaced(word: str, spellings: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in spellings:
        word = pattern.sub(instead, word)
    return word

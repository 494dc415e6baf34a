"""What a coach does not say, whoever asks: diagnoses, medicines, and anything about secrets."""

from __future__ import annotations

import re

_MEDICINE = re.compile(
    r"\b(?:ibuprofen|aspirin|paracetamol|acetaminophen|diclofenac|naproxen|painkillers?|opioids?|"
    r"antibiotics?|cortisone|steroids?|epo|blood thinners?|insulin|beta[- ]blockers?|medication|"
    r"medicines?|tablets?|pills?|dos(?:e|es|age)|injections?|milligrams?|mg)\b",
    re.IGNORECASE,
)
_ILLNESS = (
    r"(?:fracture|tear|torn|rupture|tend[io]n\w*|arthritis|fasciitis|bursitis|myocarditis|anaemia|"
    r"anemia|asthma|infection|sprain|strain|shin splints|runner's knee|syndrome|disease|"
    r"deficiency|red-s|concussion|heart condition|covid)"
)
_DIAGNOSIS = re.compile(
    rf"\b(?:you (?:have|had|suffer|\'ve got|developed)|you\'ve|it is|it\'s|this is|that is|you "
    rf"(?:do not|don\'t) have)\b[^.;]{{0,30}}\b{_ILLNESS}\b|"
    r"\b(?:safe|fine|ok|okay|good) (?:for you )?to (?:\w+ ){0,3}(?:through|despite|with) "
    r"(?:the |your |that |any )?(?:\w+ )?(?:pain|injury|fever|illness)\b|"
    r"\b(?:no need|do not need|don\'t need|need not|unnecessary) to see (?:a|any|your) doctor\b|"
    r"\b(?:run|push|train|keep going) through (?:the |your |that )?(?:\w+ )?(?:pain|injury)\b|"
    r"\b(?:ignore|disregard) (?:the |your |any )?(?:pain|injury|doctor|physio\w*|symptoms?)\b",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"\b(?:passwords?|passcodes?|api[- ]?keys?|access tokens?|credit cards?|bank account|bitcoin|"
    r"gift cards?|log ?in (?:again|here|at)|sign in (?:again|here|at)|verify your (?:account|"
    r"identity)|send (?:me |us )?your|system prompt|my instructions|jailbreak|other athletes?|"
    r"another athlete|other users?)\b|\S+@\S+\.\S+",
    re.IGNORECASE,
)
_REFERS = re.compile(r"\b(?:doctor|physician|physiotherapist|pharmacist)\b", re.IGNORECASE)
_DECLINES = re.compile(
    r"\b(?:i (?:can't|cannot|can not|don't|do not|won't|will not|am not)|only know|i know only)\b",
    re.IGNORECASE,
)


def improper(text: str) -> str:
    """Why a coach does not say this; empty where it may. To decline is always proper."""
    if _DECLINES.search(text):
        return ""
    if _SECRET.search(text):
        return "a coach does not speak of secrets or of others"
    if _DIAGNOSIS.search(text):
        return "a coach gives no diagnosis, and no leave to go on with pain"
    if _MEDICINE.search(text) and not _REFERS.search(text):
        return "a coach gives no advice on medicines"
    return ""

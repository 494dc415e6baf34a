"""What a tidied question touches: each concept is a set of words that mean it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CONCEPTS: Mapping[str, str] = {
    "run": (
        r"run|runs|running|ran|jog|jogs|jogged|activity|activities|workouts?|"
        r"sessions?|outings?|race|track|training run|long run"
    ),
    "runs": r"runs|activities|sessions|workouts|outings|jogs",
    "last": r"last|latest|most recent|newest|previous|recent",
    "list": r"list|show|which|all|what runs|what did i (?:do|run)|everything",
    "how_much": (
        r"how (?:many|much|far)|total|sum|volume|mileage|kilometerage|distance|km|"
        r"miles|altogether|hours|how long|minutes|time on feet|count"
    ),
    "measure": (
        r"km|miles|mileage|distance|volume|far|hours|minutes|time spent|duration|how "
        r"long|long did|often|times|how many runs|climb\w*|ascent|elevation|vert|"
        r"metres up"
    ),
    "how_many_runs": (
        r"how (?:many|often)(?: \w+){0,3} (?:runs?|times|activities|sessions|ran|run|"
        r"went|been|go|out)|number of (?:runs|activities)|how often"
    ),
    "per_week": (
        r"per (?:week|month|day)|a (?:week|month) on average|weekly|each week|every "
        r"week|on average|usually|typical(?: week)?|average week"
    ),
    "average": r"average|mean|typically|usually|normally|typical",
    "longest": (
        r"longest|furthest|farthest|biggest run|biggest distance|max(?:imum)? "
        r"distance|most km"
    ),
    "fastest": r"fastest|quickest|best pace|top speed",
    "slowest": r"slowest|shortest",
    "hilliest": (
        r"hilliest|most (?:climb\w*|elevation|ascent|vert\w*|uphill|hills)|biggest "
        r"climb|hardest climb"
    ),
    "climb": r"climb\w*|ascent|elevation|altitude|uphill|hills?|hilly|vert",
    "best": r"best|bests|record|records|personal best|fastest|quickest|all time best",
    "record": r"best|bests|record|records|personal",
    "all": r"all|every|list|show|my (?:bests|records)|bests|records|each",
    "history": (
        r"history|over the years|over time|evol\w+|develop\w*|come down|came down|"
        r"progress\w*|improved?|improving|changed|past \w+ bests|each year|used to"
    ),
    "splits": (
        r"splits?|km by km|mile by mile|per (?:km|mile)|each (?:km|mile)|every km|"
        r"negative split|positive split|even(?:ly)? paced|paced? (?:it )?(?:even\w*|"
        r"well)|fade[ds]?|fading|slow(?:ed)? down|laps?|last km|first km|second half|"
        r"pacing"
    ),
    "intervals": r"intervals?|reps?|repeats?|repetitions?|fast bits|work ?outs? reps",
    "sessions": r"intervals?|reps?|repeats?|repetitions?|track session|threshold|tempo|speed ?work",
    "paces": (
        r"paces|training paces?|pace (?:should|for|zones?)|what pace|how fast|target "
        r"pace|speed zones|pace chart|easy pace|threshold pace|tempo pace|interval "
        r"pace|marathon pace|repetition pace|recovery pace"
    ),
    "pace": r"pace|paces|speed|fast|quick|how fast|faster|slower",
    "should": r"should|supposed|ought|do i need|recommend\w*|advice|advise|suggest\w*|right",
    "intensity_word": (
        r"easy|threshold|tempo|intervals?|repetitions?|reps|marathon|recovery|long "
        r"runs?|lt|vo2(?: ?max)?"
    ),
    "fitness": r"fitness|fit|ctl|in shape|shape|vo2 ?max|rpi|performance index|fitter",
    "fatigue": (
        r"fatigued?|atl|tired|tiredness|exhausted|worn out|overtrain\w*|burn(?:ed|t)? "
        r"out|overdo\w*|overreach\w*"
    ),
    "form": r"form|tsb|fresh|freshness|balance|peaked|recovered|recovery (?:status|state)",
    "load": r"load|training stress|tss|strain|trimp|stress score|acwr|ramp(?: rate)?|too much",
    "monotony": r"monotony|monotonous|variety|varied|samey|boring|same every day",
    "efficiency": r"efficien\w+|economy|economical|aerobic engine|aerobic efficiency|ef",
    "decoupling": r"decoupl\w*|drift\w*|pa hr|pw hr|cardiac creep",
    "heart": r"heart rate|heart|heart beat",
    "resting": r"resting|rest heart|at rest|rhr|morning heart",
    "same_pace": r"same pace|given pace|same speed|for the same|at easy pace|pace to heart",
    "trend": (
        r"trend\w*|going (?:up|down)|gone (?:up|down)|coming (?:up|down)|come (?:up|"
        r"down)|rising|rise|risen|falling|dropping|dropped|fallen|increas\w+|"
        r"decreas\w+|improv\w+|better|worse|chang\w+|progress\w*|develop\w*|getting|"
        r"become|lately|compared|higher|lower|up or down|moving"
    ),
    "plan": (
        r"plan|plans|planned|schedul\w+|supposed|calendar|programme|program|coming up|"
        r"next up|on the agenda|upcoming|prescribed"
    ),
    "next": r"next|coming|upcoming|following",
    "look_like": r"look like|looks? like|got for me|have i got|do i have|is on|in store|ahead",
    "done": (
        r"done|stick|stuck|follow\w*|complet\w+|adher\w+|complian\w+|missed?|skipp\w+|"
        r"versus|actual\w*|against|keep(?:ing)? (?:up )?(?:to|with)|on track|kept|"
        r"managed|hit all"
    ),
    "predict": (
        r"predict\w*|could i run|can i run|could i do|capable|what time|estimate\w*|"
        r"forecast|potential|aim for|shoot for|target time|finish time|race time|"
        r"worth|would i run|expect|am i in shape for|possible|realistic|sub|"
        r"equivalent\w*|equate\w*|translate\w*|convert\w*|correspond\w*|goal time"
    ),
    "goal": r"goal|race|race day|half marathon|marathon|big day|event|target race|a race",
    "countdown": (
        r"how (?:many days|many weeks|long|far off|far away|soon)|when|whens|days "
        r"(?:until|till|to|left)|weeks (?:until|till|to|left)|countdown|until my|till "
        r"my|left until|next race|goal race"
    ),
    "races": r"races|raced|race|racing|race history|race results|results",
    "sleep": r"sleep\w*|slept|night rest|in bed|hours of sleep|last night",
    "hrv": r"hrv|variability|rmssd",
    "mood": r"moods?|happy|happiness|spirits|motivat\w+",
    "soreness": r"sore|soreness|stiff|doms|legs feel\w*|achy",
    "stress": r"stress|stressed|tense|tension|stressful",
    "check_in": (
        r"check-ins?|check ins?|wellness|diary|readiness|mornings|how (?:have|did) i "
        r"(?:been )?feel\w*|recover\w*"
    ),
    "weight": r"weigh\w*|weight|kg|kilos?|scale|body ?weight|heavier|lighter|pounds|fat",
    "nutrition": (
        r"nutrition|calories|carbs|protein|fat|eat\w*|ate|food|diet|fuel\w*|meals?|"
        r"drink\w*|kcal|hydrat\w*|gels?|macros?"
    ),
    "relation": (
        r"affect\w*|influence\w*|impact\w*|relat\w+|correlat\w+|link\w*|connect\w+|"
        r"depend\w*|because of|effect of|when i (?:am|sleep|eat|feel|have)|after (?:a "
        r")?(?:bad|good|poor|short|long) (?:night|sleep)|make me|makes me|does \w+ "
        r"(?:help|hurt|matter)|help me run|matter"
    ),
    "compare": (
        r"compar\w+|versus|difference|differ\w*|than|against|or last|side by side|"
        r"more than|less than|faster than|better than|relative to"
    ),
    "gear": (
        r"shoes?|trainers?|gear|equipment|flats|bicycle|bike|sneakers?|pair|footwear|"
        r"nike|asics|hoka|saucony|brooks|adidas"
    ),
    "injury": r"injur\w+|niggles?|hurt (?:before|history)|been hurt|physio",
    "pain": (
        r"pains?|hurts?|hurting|aching|aches?|ache|swollen|swelling|sprain\w*|"
        r"strain(?:ed)?|pulled|fracture\w*|shin splints?|plantar\w*|tendon\w*|"
        r"achilles|itb|limp\w*|numb\w*|stitch|cramp\w*|blister\w*|torn|tear"
    ),
    "body": (
        r"knees?|calf|calves|ankles?|hips?|hamstrings?|shins?|foot|feet|heels?|back|"
        r"toes?|quads?|glutes?|groin|chest|head|stomach|achilles"
    ),
    "ill": (
        r"fever|sick|ill|illness|flu|cold|covid|dizzy|dizziness|faint\w*|cough\w*|"
        r"breathless|palpitations?|nausea|vomit\w*|pregnan\w*|anaemi\w*|anemi\w*|"
        r"asthma|diabet\w*|blood pressure|medicine|medication|ibuprofen|painkillers?|"
        r"antibiotics?|doctor|diagnos\w*|stress fracture|heart attack|arrhythmi\w*"
    ),
    "zones": (
        r"zones?|time in|intensity distribution|polari[sz]\w*|80 20|80/20|easy enough|"
        r"too hard|too fast on easy|easy (?:days|runs)(?: \w+)? (?:easy|slow)|hard vs "
        r"easy|how much (?:of it )?(?:was )?easy"
    ),
    "advice": (
        r"what (?:should|shall|can|could|do) i (?:do|run)|should i (?:run|rest|train|"
        r"go|do)|shall i (?:run|rest)|rest (?:today|or)|run or rest|do today|take "
        r"(?:a|the) (?:day off|rest)|day off|suggest\w*|recommend\w*|train today|what "
        r"now|what next"
    ),
    "state": (
        r"how am i (?:doing|getting on|going|looking)|how (?:is|are|was) (?:my |the "
        r")?(?:training|things|it|everything|progress|running|week|month|year)(?: "
        r"(?:going|doing|looking|been))?|overall|overview|summar\w+|review|in general|"
        r"status|big picture|how have i been doing|on the right track|report|briefing|"
        r"doing well|any good"
    ),
    "rest": (
        r"rest days?|day off|days off|last rest|streak|in a row|without (?:a "
        r")?(?:break|run\w*|rest)|consecutive|not run|did not run|days since"
    ),
    "help": (
        r"what can you (?:do|tell|answer|help)|help|how (?:do|does) (?:you|this|it) "
        r"work|what (?:can|could|should) i ask|who are you|what are you|are you (?:a |"
        r"an )?(?:bot|ai|robot|human|real)|your (?:features|abilities)|commands"
    ),
    "greeting": r"hi|hello|hey|good (?:morning|evening|afternoon)|yo|hiya|greetings|howdy",
    "thanks": r"thanks|thank you|great job|nice one|brilliant|awesome|perfect|cool",
    "others": (
        r"(?:my |a )?(?:friend|brother|sister|wife|husband|mate|mates|buddy|partner|"
        r"coach|dad|mum|neighbour|colleague)(?: \w+)? (?:run|ran|fast|is|do|did|was|"
        r"best|bests)|(?:is|does|did|has|was) (?:my )?(?:friend|brother|sister|wife|"
        r"husband|mate|partner|dad|mum|colleague)|other (?:users?|athletes?|runners?|"
        r"people|members?)|everyone else|someone else|somebody else|another (?:user|"
        r"athlete|runner)|other peoples?|all users|users on|his|her|their|he|she|they|"
        r"user \w+|athlete \w+|friends?"
    ),
    "briefing": r"briefing|brief me|morning report",
    "review": (
        r"week(?:ly)? (?:review|recap|summary)|week in review|"
        r"(?:review|recap|sum up)(?: of)?(?: my| the| last| this| past)* week"
    ),
    "change": (
        r"move|shift|delete|remove|reschedule|swap|change|edit|rename|add|create|log|"
        r"set|cancel|update|book|make me a plan|build me"
    ),
    "temperature": r"weather|rain\w*|forecast|temperature|snow\w*|sunny|wind\w*",
    "feel": r"feel\w*|felt",
    "cadence": r"cadence|spm|steps per minute|step rate|stride rate",
    "power": r"power|watts?|wattage",
    "steps": r"steps",
    "off": (
        r"poem|joke|recipe|capital of|president|election|football|soccer|movie|song|"
        r"music|python|stocks?|bitcoin|lottery|who won|world record|world champion|"
        r"kipchoge|bolt|olympics?|write (?:me )?(?:a|an)|translate|meaning of life|"
        r"boston|news|sing|story|code|essay|password|girlfriend|boyfriend|politics|"
        r"war|religion|god|wine|beer|chess|math|solve|what is the time|your name|love "
        r"me|marry"
    ),
    "personal": r"i|my|me|mine|am|we|our",
}

CONCEPTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") for name, words in _CONCEPTS.items()
}


def concepts(text: str) -> frozenset[str]:
    """The concepts that a tidied text touches."""
    return frozenset(name for name, pattern in CONCEPTS.items() if pattern.search(text))


_FIELDS: tuple[tuple[str, str], ...] = (
    ("max_heart_rate", r"(?:max\w*|highest|peak) heart(?: rate)?"),
    ("resting_heart_rate", r"resting heart rate|resting"),
    ("heart_rate", r"heart rate|heart"),
    ("cadence", r"cadence|spm|step rate|stride rate|steps per minute"),
    ("ascent", r"climb\w*|ascent|elevation|uphill|vert|hills|hilly|metres up"),
    ("power", r"power|watts?"),
    ("energy", r"calories|energy"),
    ("pace", r"pace|how fast|speed|quick"),
    (
        "runs",
        (
            r"how many (?:runs|times|activities|sessions|workouts|outings)|how often|"
            r"number of (?:runs|activities)|runs (?:a|per) week|many runs|how many times"
        ),
    ),
    (
        "duration",
        (
            r"how long (?:did|was|were|have|has)|hours|minutes|duration|time on feet|time "
            r"spent|how much time|finish time"
        ),
    ),
    ("distance", r"how far|distance|km|miles|mileage|volume|kilometerage"),
)
_FIELD_PATTERNS = tuple(
    (name, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")) for name, words in _FIELDS
)


def field_of(text: str) -> str:
    """The one figure that a tidied text asks for; empty where it asks for none in particular."""
    return next((name for name, pattern in _FIELD_PATTERNS if pattern.search(text)), "")

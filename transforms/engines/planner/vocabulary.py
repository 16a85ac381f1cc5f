"""Words that say what a question wants rather than what it is about."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    """
    a about actually again against all also am among an and any are arent as at back basically be been before
    being between both but by can cant clip could did do does doesnt doing done dont during each else exactly
    film following for from get give go goes going got had has have having he her here hers him his how i if im
    immediately in into is isnt it its itself just let lets like many me moment more most much my name next no
    nor not now of off ok okay on once one only onto or other our out over own part please point really right
    same several she should so some such than that thats the their them then there these they theyre thing
    things this those through time to too up upon us very video was we were weve what whatever whats when where
    which while whilst who whom whose why will with within without wont would you your youre after theres until
    well directly
    """
)
"""Words that say nothing about the matter of a question."""

HEARD = _words(
    """
    aloud announce announced announces audio discuss discussed discusses explain explained explains hear heard
    hears lecturer listen mention mentioned mentioning mentions narrator presenter remark remarks said say saying says
    sentence speak speaker speakers speaking speaks speech spoken stated states talk talked talking talks tell
    telling tells told utter uttered utters voice voiceover
    """
)
"""Words of questions about what is said."""

SPEAKERS = _words("speaker speakers narrator presenter lecturer voice voiceover")
"""Those of them that name who speaks."""

SEEN = _words(
    """
    appear appeared appearing appears arrow background banner board bottom box boxes bullet bullets burnt
    caption captioned captions card cards chart circle corner credit credited credits depicted diagram display
    displayed displaying displays drawing drawn footage frame frames handwriting handwritten headed heading
    headings headline headlines highlighted image images label labeled labelled labels list listed lists logo
    logos look looks onscreen page picture pictured poster print printed read reads scene scenes screen see seen
    sees shot shots show showing shown shows sign signs slide slides subtitle subtitles table text texts title
    titled titles top typed underlined url visible watch website write writes written
    """
)
"""Words of questions about what is to be seen."""

ASKING = _words(
    """
    above according answer around begin beginning begins belong belongs below beside blank call called calls
    came closing come comes complete completes correct count earliest end ending ends exact false fill fills
    final first full gap happen happens item items kind last latest line lines long main mean means minute
    minutes missing named near number occur occurs often opening option options order phrase phrases points
    question second seconds start starts statement third times true type under underneath use used uses using
    whole word words
    """
)
"""Words that shape a question more than they name its matter."""

UNITS = _words(
    """
    cm day days degrees dollars euros feet foot gram grams hour hours inches kg kilometer kilometers kilometre
    kilometres km litre litres meter meters metre metres mile miles minute minutes mm month months people
    percent pounds second seconds times week weeks year years
    """
)

"""The words for landscapes. See `phrases` for the notation.

Nothing is said of where waves of hills begin (`rolling`, `valley`, `cloud_drift`), of colours that
turn with others (`land_hue`, `sky_hue`), of what shows now and then (`stars`, `facets`) or hardly
(`mist_height`, `light`, `contrast`, `grain`).
"""

from __future__ import annotations

from stylestudio.training.lexicon.phrases import World, mirrored

_SUN = "sun|moon"
_PEAKS = "mountains|peaks|summits|mountain_tops"
_SKY = "sky|light|landscape"
_COLOURS = "colours|colors|tints|hues"


def _summit(side: str, height: str) -> str:
    return f"a *{height} {side} mountain|peak|summit"


HORIZONS = World(
    name="Horizons",
    title="landscape",
    people=("landscape", "scenery", "view", "scene", "vista", "panorama"),
    alone=("mountains", "landscapes", "horizon", "nature"),
    words={
        "horizon": (
            ("a *high|raised|lifted|elevated horizon|skyline",),
            ("a *low|lowered|sunken|deep horizon|skyline",),
        ),
        "lake": (
            ("a *big|large|wide|open|broad lake|water|bay", "is *watery"),
            ("a *small|narrow|little|tiny lake|water|pond", "is *dry|waterless"),
        ),
        "sun_x": mirrored(f"a|the {_SUN} on|at|to the right"),
        "sun_y": (
            (f"a *high|raised|lofty|climbing {_SUN}",),
            (f"a *low|setting|rising|sinking {_SUN}",),
        ),
        "sun_size": (
            (f"a *big|large|huge|great {_SUN}",),
            (f"a *small|little|tiny|distant {_SUN}",),
        ),
        "left_place": (
            ("a left|left_hand mountain|peak|summit near|close_to the middle|centre",),
            ("a left|left_hand mountain|peak|summit near|close_to|at the edge|border",),
        ),
        "right_place": (
            ("a right|right_hand mountain|peak|summit near|close_to|at the edge|border",),
            ("a right|right_hand mountain|peak|summit near|close_to the middle|centre",),
        ),
        "left_height": (
            (_summit("left|left_hand", "high|tall|lofty|towering"),),
            (_summit("left|left_hand", "low|small|little|modest"),),
        ),
        "right_height": (
            (_summit("right|right_hand", "high|tall|lofty|towering"),),
            (_summit("right|right_hand", "low|small|little|modest"),),
        ),
        "steepness": (
            (f"*steep|pointed|sharp|sheer {_PEAKS}",),
            (f"*gentle|gradual|flat|broad {_PEAKS}",),
        ),
        "far_range": (
            ("a *high|tall|lofty far|distant|remote range|ridge",),
            ("a *low|small|modest far|distant|remote range|ridge",),
        ),
        "spacing": (
            ("hills|ranges|ridges *far|wide|widely apart", "*spaced|spread|separated hills|ridges"),
            ("hills|ranges|ridges *close|near|closely together", "*crowded|packed hills|ridges"),
        ),
        "framing": mirrored(
            "a foreground|bank|shore falling|sloping|descending to_the_right|right"
        ),
        "ruggedness": (
            (f"*rugged|jagged|rough|craggy|rocky {_PEAKS}", "is *rugged|craggy|rocky"),
            (f"*smooth|rounded|even|worn|soft {_PEAKS}",),
        ),
        "mist": (
            ("*thick|dense|heavy|strong mist|fog|haze", "is *misty|foggy|hazy", "mist|fog|haze"),
            ("*clear|crisp|pure|transparent air", "*thin|light|faint mist|fog|haze"),
        ),
        "clouds": (
            ("*many|big|thick|heavy|large clouds", "is *cloudy|overcast", "a *cloudy|overcast sky"),
            ("*few|thin|small|light|wispy clouds", "is *cloudless|clear", "a *cloudless|clear sky"),
        ),
        "cloud_height": (
            ("*high|lofty|raised|lifted clouds",),
            ("*low|hanging|lowered|sunken clouds",),
        ),
        "forest": (
            (
                "*wooded|forested|leafy hills|ridges|banks",
                "*tall|many|dense trees|woods|firs",
                "a forest|wood",
                "is *wooded|forested",
            ),
            ("*bare|treeless|bald|naked hills|ridges|banks", "*low|few trees|firs", "is *treeless"),
        ),
        "snow": (
            (
                f"*snowy|snow_covered|snow_capped|icy {_PEAKS}",
                "*much|deep|fresh snow|ice",
                "snow",
                "is *snowy|icy",
            ),
            (
                f"*snowless|bare|brown|naked {_PEAKS}",
                "*little|melting|scant snow|ice",
                "is *snowless",
            ),
        ),
        "halo": (
            ("a *wide|big|large|broad halo|glow|corona",),
            ("a *narrow|small|little|tight halo|glow|corona",),
        ),
        "night": (
            (
                "is at|by night|midnight",
                f"a *dark|nocturnal|moonlit|starry|nightly {_SKY}|night",
                "is *dark|nocturnal|moonlit|starry",
            ),
            (
                "is at|by noon|day|daylight|daytime",
                f"a *bright|sunny|sunlit|daylit {_SKY}|day",
                "is *bright|sunny|sunlit",
            ),
        ),
        "warmth": (
            (f"a *pink|rosy|rose|sunset {_SKY}", "is at dusk|sunset|nightfall", "is *pink|rosy"),
            (f"a *green|emerald|jade|mint|greenish {_SKY}", "is *green|emerald|jade"),
        ),
        "drama": (
            (
                f"a *fiery|dramatic|burning|blazing|red {_SKY}",
                "is *fiery|dramatic|burning|blazing|red",
            ),
            (
                f"a *pale|pastel|soft|tender|delicate {_SKY}",
                "is *pale|pastel|soft|tender|delicate",
            ),
        ),
        "season": (
            (f"a *purple|violet|lilac|mauve {_SKY}", "is *purple|violet|lilac|mauve"),
            (
                f"a *golden|autumn|orange|yellow|autumnal {_SKY}",
                "is in autumn|fall",
                "is *golden|orange|autumnal",
            ),
        ),
        "saturation": (
            (f"*vivid|saturated|intense|lively {_COLOURS}", "is *vivid|colourful|colorful"),
            (f"*muted|dull|faded|subdued|greyish {_COLOURS}", "is *muted|faded|subdued"),
        ),
    },
)

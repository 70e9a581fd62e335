"""The words for portraits. Left and right are the picture's. See `phrases` for the notation."""

from __future__ import annotations

from stylestudio.training.lexicon.phrases import World, mirrored

_CLOTHES = "clothes|clothing|garments"
_SHIRT = "shirt|blouse|top|dress|sweater"
_BACKDROP = "backdrop|background|wall"
_DISC = "disc|circle|roundel"


def _clothed(colours: str) -> tuple[str, ...]:
    return (
        f"*{colours} {_CLOTHES}",
        f"a *{colours} {_SHIRT}",
        f"is dressed_in|wearing|clad_in {colours}",
    )


PORTRAITS = World(
    name="Portraits",
    title="portrait",
    people=(
        "person",
        "portrait",
        "face",
        "woman",
        "man",
        "girl",
        "boy",
        "lady",
        "human",
    ),
    alone=("somebody", "someone", "people", "portraits", "faces"),
    words={
        "yaw": mirrored(
            "a|the head|face turned|turning|rotated to_the_right|right",
            "is turned|turning|facing|rotated to_the_right|right",
        ),
        "pitch": (
            ("is facing|looking|nodding down|downwards", "a|the head|face bowed|lowered|bent_down"),
            ("is facing|looking up|upwards", "a|the head|face|chin raised|lifted"),
        ),
        "roll": mirrored(
            "a|the head|face leaning|tilted|inclined to_the_right|right",
            "is leaning|tilting|inclined to_the_right|right",
        ),
        "head_x": mirrored(
            "a|the head|face placed|standing|shifted on_the_right|at_the_right",
            "is placed|standing|shifted on_the_right|at_the_right",
        ),
        "head_size": (
            ("a *big|large|huge|great head", "is *near|close|close_up"),
            ("a *small|little|tiny|petite head", "is *distant|far_away|remote"),
        ),
        "face_width": (
            ("a *wide|broad|round|full|chubby face|head",),
            ("a *narrow|slim|thin|slender|lean face|head",),
        ),
        "jaw": (
            ("a *square|strong|broad|angular|wide jaw|jawline",),
            ("a *narrow|pointed|delicate|tapering|slim jaw|jawline",),
        ),
        "chin": (
            ("a *long|big|prominent|large chin", "a *long|oval|elongated face"),
            ("a *short|small|little|receding chin", "a *short|squat|compact face"),
        ),
        "hair_length": (
            ("*long|flowing|lengthy hair|locks", "is *long_haired", "hair over|on the shoulders"),
            ("*short|cropped|trimmed hair|locks", "a *short|cropped haircut", "is *short_haired"),
        ),
        "hair_volume": (
            ("*big|thick|voluminous|puffy|bushy|full hair|hairdo",),
            ("*flat|thin|sleek|close_fitting|limp hair|hairdo",),
        ),
        "fringe": (
            (
                "a *long|low|deep fringe",
                "*long|low|deep bangs",
                "hair over|covering|across the forehead",
            ),
            ("a *high|bare|open|free|uncovered forehead", "a *short|high fringe"),
        ),
        "parting": mirrored(
            "hair|locks swept|combed|brushed to_the_right|right",
            "a fringe swept|combed|brushed to_the_right|right",
        ),
        "curl": (
            ("*curly|wavy|frizzy|curled hair|locks", "*curls|waves|ringlets", "is *curly_haired"),
            ("*straight|smooth|uncurled hair|locks", "is *straight_haired"),
        ),
        "shoulders": (
            ("*broad|wide|strong|square|big shoulders", "is *broad_shouldered"),
            ("*narrow|slim|small|slender|slight shoulders", "is *narrow_shouldered"),
        ),
        "light": mirrored(
            "light|lamplight|illumination from the right|right_side|right_hand",
            "is lit|lighted|illuminated from the right|right_side",
        ),
        "disc_x": mirrored(f"a|the {_DISC} on|at|to the right"),
        "disc_y": (
            (f"a *low|lowered|sunken {_DISC}",),
            (f"a *high|raised|lifted {_DISC}",),
        ),
        "disc_size": (
            (f"a *big|large|huge|wide {_DISC}",),
            (f"a *small|little|tiny|narrow {_DISC}",),
        ),
        "slope": mirrored("a ground|slope|hillside falling|sloping|descending to_the_right|right"),
        "eye_size": (
            ("*big|large|huge|great eyes", "is *big_eyed"),
            ("*small|little|tiny|beady eyes", "is *small_eyed"),
        ),
        "eye_open": (
            (
                "*open|staring|wide_open|gaping eyes|eyelids",
                "is *surprised|startled|astonished|awake",
            ),
            (
                "*half_closed|narrowed|sleepy|squinting|drowsy eyes|eyelids",
                "is *sleepy|tired|drowsy|squinting",
            ),
        ),
        "eye_spacing": (
            ("eyes *far|wide|widely apart", "*wide_set|widely_spaced eyes"),
            ("eyes *close|near|closely together", "*close_set|closely_spaced eyes"),
        ),
        "eye_tilt": (
            ("*slanted|upturned|almond|catlike eyes",),
            ("*drooping|downturned|sagging|hanging eyes",),
        ),
        "gaze": mirrored(
            "is looking|gazing|glancing|peering to_the_right|right",
            "eyes|gaze|pupils looking|gazing|glancing to_the_right|right",
        ),
        "brow_height": (
            ("*raised|high|lifted|arched brows|eyebrows",),
            ("*low|lowered|sunken brows|eyebrows",),
        ),
        "brow_tilt": (
            (
                "is *worried|anxious|concerned|pleading",
                "*worried|anxious|concerned|pleading brows|eyebrows",
            ),
            ("is *angry|fierce|cross|furious|mad", "*angry|fierce|cross|furious brows|eyebrows"),
        ),
        "brow_weight": (
            ("*thick|bushy|heavy|strong|dense brows|eyebrows",),
            ("*thin|fine|sparse|plucked|delicate brows|eyebrows",),
        ),
        "nose_length": (
            ("a *long|lengthy|big|elongated nose", "is *long_nosed"),
            ("a *short|snub|stubby|little nose", "is *short_nosed"),
        ),
        "nose_width": (
            ("a *wide|broad|flat|thick nose",),
            ("a *narrow|slim|thin|slender nose",),
        ),
        "mouth_width": (
            ("a *wide|broad|big|large mouth",),
            ("a *narrow|small|little|tiny mouth",),
        ),
        "lips": (
            ("*full|thick|plump|big|swollen lips",),
            ("*thin|narrow|fine|slim|slender lips",),
        ),
        "smile": (
            (
                "is *smiling|happy|cheerful|grinning|joyful|glad|merry|beaming|laughing",
                "a *happy|cheerful|joyful|broad|merry smile|grin|expression|look",
                "a smile|grin",
            ),
            (
                "is *sad|unhappy|gloomy|frowning|sullen|grumpy|sulking|serious",
                "a *sad|unhappy|gloomy|sullen|grumpy mouth|expression|look",
                "a frown|pout",
            ),
        ),
        "mouth_open": (
            (
                "a *open|gaping|opened mouth",
                "*parted|open|opened lips",
                "is speaking|talking|singing",
            ),
            ("a closed|shut|sealed mouth", "closed|shut|sealed|pressed lips", "is silent|quiet"),
        ),
        "glasses": (
            (
                "glasses|spectacles|eyeglasses",
                "*dark|black|clear|heavy glasses|spectacles|eyeglasses",
                "is wearing|in glasses|spectacles|eyeglasses",
                "is bespectacled",
            ),
            ("a|the bare|unframed|unspectacled face|eyes",),
        ),
        "age": (
            (
                "is *old|elderly|aged|wrinkled|older|ageing",
                "a *wrinkled|old|aged|lined|older face",
                "*wrinkled|old|aged|lined skin",
                "wrinkles|furrows",
            ),
            (
                "is *young|youthful|younger|juvenile",
                "a *young|youthful|younger|unlined face",
                "*young|youthful|unlined|unwrinkled skin",
            ),
        ),
        "freckles": (
            (
                "is *freckled|freckly|spotty",
                "freckles|spots",
                "*many|strong|dense freckles",
                "*freckled|freckly|spotty cheeks|skin",
            ),
            ("*clear|plain|even|unspotted cheeks|skin",),
        ),
        "neckline": (
            ("a *low|deep|open|plunging neckline|collar|neck",),
            ("a *high|closed|tight|buttoned neckline|collar",),
        ),
        "skin_tone": (
            ("*light|pale|fair|white skin|complexion", "is *pale|fair_skinned|light_skinned"),
            ("*dark|brown|black|deep skin|complexion", "is *dark_skinned|black|brown_skinned"),
        ),
        "skin_warmth": (
            ("*warm|golden|tanned|bronze|yellowish skin|complexion", "is *tanned|sunburnt"),
            ("*cool|pinkish|rosy|cold|bluish skin|complexion",),
        ),
        "hair_tone": (
            ("*blond|blonde|light|fair|pale hair|locks", "is *blond|blonde|fair_haired"),
            ("*black|dark|raven|ebony hair|locks", "is *dark_haired|black_haired"),
        ),
        "hair_red": (
            ("*red|ginger|auburn|copper|reddish hair|locks", "is *red_haired|ginger|redheaded"),
            ("*green|greenish|teal|sea_green hair|locks", "is *green_haired"),
        ),
        "hair_dye": (
            ("*blue|bluish|violet|purple hair|locks", "is *blue_haired|purple_haired"),
            ("*brown|chestnut|golden|honey|brownish hair|locks", "is *brown_haired|brunette"),
        ),
        "eye_tone": (
            ("*light|pale|bright|clear eyes|irises",),
            ("*dark|black|deep|shadowy eyes|irises",),
        ),
        "eye_hue": (
            ("*blue|azure|bluish|sapphire eyes|irises", "is *blue_eyed"),
            ("*brown|hazel|amber|brownish eyes|irises", "is *brown_eyed"),
        ),
        "lip_tone": (
            ("*red|scarlet|crimson|painted|ruby lips", "a *red|scarlet|crimson mouth", "lipstick"),
            ("*brown|brownish|dull|natural|unpainted lips", "a *brown|brownish|dull mouth"),
        ),
        "cloth_red": (_clothed("red|pink|crimson|scarlet"), _clothed("green|turquoise|teal")),
        "cloth_blue": (
            _clothed("blue|azure|navy|bluish"),
            _clothed("yellow|ochre|olive|mustard|brown"),
        ),
        "cloth_tone": (_clothed("white|light|pale|bright"), _clothed("black|dark|sombre")),
        "sky_red": (
            (f"a *red|pink|rosy|crimson|reddish {_BACKDROP}",),
            (f"a *green|turquoise|teal|greenish {_BACKDROP}",),
        ),
        "sky_blue": (
            (f"a *blue|azure|bluish|cobalt {_BACKDROP}",),
            (f"a *yellow|beige|sandy|brown|ochre {_BACKDROP}",),
        ),
        "sky_tone": (
            (f"a *light|bright|pale|white {_BACKDROP}",),
            (f"a *dark|dim|black|sombre {_BACKDROP}",),
        ),
        "disc_warmth": (
            (f"a *orange|golden|yellow|warm|amber {_DISC}",),
            (f"a *blue|cold|cool|bluish|icy {_DISC}",),
        ),
    },
)

"""The words for marbled paper. See `phrases` for the notation.

Nothing is said of where a wave begins (`drift`, `fold`), of what shifts every colour a little
(`light`), or of what is finer than the pictures that are looked at (`grain`).
"""

from __future__ import annotations

from stylestudio.training.lexicon.phrases import World, mirrored

_BANDS = "bands|stripes|streams|currents"
_COLOURS = "colours|colors|pigments|paints"
_EDGES = "edges|borders|outlines"
_VEINS = "veins|lines|seams"
_HOLE = "hole|eyelet|hollow"
_POOL = "pool|puddle|drop"


PIGMENTS = World(
    name="Pigments",
    title="marbling",
    people=("marbling", "marbled_paper", "pattern", "sheet", "abstract_painting", "abstract"),
    alone=("marbled", "patterns", "marbled_sheets", "pigments"),
    words={
        "direction": (
            (f"*upright|vertical|steep|standing {_BANDS}",),
            (f"*horizontal|level|lying|flat {_BANDS}",),
        ),
        "curl": (
            ("a whirl|swirl|eddy|vortex turning|spinning|going anticlockwise|counterclockwise",),
            ("a whirl|swirl|eddy|vortex turning|spinning|going clockwise",),
        ),
        "bend": (
            (f"*sagging|hanging|cupped|drooping {_BANDS}",),
            (f"*arched|arching|domed|vaulted {_BANDS}",),
        ),
        "sway": (
            (f"*wavy|swaying|winding|meandering|sinuous {_BANDS}",),
            (f"*straight|calm|unwavering|direct {_BANDS}",),
        ),
        "balance": mirrored(
            "colour|color|paint|weight gathered|heaped|piled|collected on_the_right|at_the_right",
        ),
        "pool": (
            (f"a *strong|filled|raised|brimming {_POOL}",),
            (f"a *faint|weak|shallow|empty {_POOL}",),
        ),
        "pool_x": mirrored(f"a|the {_POOL} on|at|to the right"),
        "pool_y": (
            (f"a *low|lowered|sunken {_POOL}", f"a|the {_POOL} at|near the bottom"),
            (f"a *high|lifted|upper {_POOL}", f"a|the {_POOL} at|near the top"),
        ),
        "pool_size": (
            (f"a *big|large|huge|wide {_POOL}",),
            (f"a *small|little|tiny|narrow {_POOL}",),
        ),
        "eye": (
            (f"a *closed|filled|raised|covered {_HOLE}",),
            (f"a *open|deep|empty|gaping {_HOLE}",),
        ),
        "eye_x": mirrored(f"a|the {_HOLE} on|at|to the right"),
        "eye_y": (
            (f"a *low|lowered|lower {_HOLE}", f"a|the {_HOLE} at|near the bottom"),
            (f"a *high|lifted|upper {_HOLE}", f"a|the {_HOLE} at|near the top"),
        ),
        "fold_slant": (
            ("*upright|vertical|standing|straight folds|creases|pleats",),
            ("*slanted|diagonal|oblique|leaning folds|creases|pleats",),
        ),
        "bands": (
            (f"*many|narrow|fine|crowded|numerous {_BANDS}",),
            (f"*few|broad|wide|sparse {_BANDS}",),
        ),
        "islands": (
            ("*many|scattered|separate|numerous islands|isles|blots|patches", "islands|isles"),
            (f"*joined|unbroken|continuous|connected {_BANDS}",),
        ),
        "level": (
            ("*much|more|plenty_of|abundant paint|colour|color", "a *covered|full|filled sheet"),
            ("*little|less|scant|scarce paint|colour|color", "a *bare|empty|blank sheet"),
        ),
        "comb": (
            (f"*combed|raked|toothed|zigzag {_EDGES}", "is *combed|raked"),
            (f"*smooth|uncombed|unraked|rounded {_EDGES}", "is *uncombed|unraked"),
        ),
        "petals": (
            (
                "a flower|blossom|rosette|bloom",
                "*large|open|clear|long petals",
                "is *flowery|floral",
            ),
            (f"a *plain|simple|petalless|flowerless {_POOL}",),
        ),
        "rings": (
            ("*strong|clear|many|marked rings|contours|agate_rings", "is *ringed|agate"),
            ("*faint|weak|few|vanishing rings|contours|agate_rings", "is *ringless"),
        ),
        "feather": (
            (f"*feathered|frayed|rough|bleeding|ragged {_EDGES}", "is *feathery|frayed"),
            (f"*clean|crisp|sharp|clear|neat {_EDGES}", "is *crisp|neat"),
        ),
        "veins": (
            (f"*thick|wide|broad|strong|heavy {_VEINS}", "is *veined"),
            (f"*thin|fine|narrow|faint|delicate {_VEINS}",),
        ),
        "wash": (
            (f"*washed|shaded|graded|blended {_COLOURS}", "a *strong|soft|deep wash|shading"),
            (f"*unshaded|solid|opaque|uniform {_COLOURS}", "a *weak|faint|slight wash|shading"),
        ),
        "veil": (
            ("*strong|clear|visible|marked folds|creases|veils", "is *folded|creased|veiled"),
            ("*faint|weak|hidden|vanishing folds|creases|veils", "is *unfolded|uncreased"),
        ),
        "hue": (
            (f"*purple|violet|magenta|plum {_COLOURS}", "is *purple|violet|magenta"),
            (f"*green|emerald|greenish|jade {_COLOURS}", "is *green|emerald"),
        ),
        "accent": (
            ("*yellow|lemon|yellowish|golden accents|highlights|spots",),
            ("*pink|red|rose|crimson accents|highlights|spots",),
        ),
        "paper": (
            ("*warm|cream|beige|sandy|yellowish paper|ground",),
            ("*cool|blue|bluish|cold|icy paper|ground",),
        ),
        "night": (
            ("*dark|dim|black|sombre paper|ground", "is *dark|sombre|nocturnal"),
            ("*white|light|bright|pale paper|ground", "is *bright|light|airy"),
        ),
        "body": (
            ("a *light|pale|pastel|soft main|leading|chief colour|color",),
            ("a *dark|deep|inky|heavy main|leading|chief colour|color",),
        ),
        "saturation": (
            (f"*vivid|saturated|intense|lively {_COLOURS}", "is *vivid|colourful|colorful"),
            (f"*muted|dull|faded|subdued|greyish {_COLOURS}", "is *muted|faded|subdued"),
        ),
        "contrast": (
            ("a *strong|high|hard|stark contrast|contrasts",),
            ("a *weak|low|soft|gentle contrast|contrasts",),
        ),
        "glow": (
            (f"*glowing|luminous|shining|radiant {_COLOURS}", "is *glowing|luminous|radiant"),
            (f"*matt|matte|lightless|lustreless {_COLOURS}", "is *matt|matte"),
        ),
        "metal": (
            (f"*copper|coppery|reddish|rusty {_VEINS}",),
            (f"*silver|silvery|pale|whitish {_VEINS}",),
        ),
        "specks": (
            ("*many|dense|countless|numerous specks|flecks|dots", "is *speckled|flecked|dotted"),
            ("*few|sparse|rare|scant specks|flecks|dots", "is *unspeckled|spotless"),
        ),
    },
)

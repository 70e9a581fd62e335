"""Thirty plausible mistakes of a script: each gets one sentence, of the project's own kind."""

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss


@pytest.fixture(scope="module")
def recipe(model):
    return ss.Recipe.from_seed(7, model)


@pytest.fixture(scope="module")
def opened(bank_path):
    return ss.open_styles(bank_path)


# What is typed, with `m` a model of 32 x 32 pixels and 8 layers, `r` a recipe of it, `f` its
# picture and `b` a bank of the styles dawn, noon and dusk; and what the sentence has to say.
MISTAKES = [
    ("ss.render(r, m)", "the model comes first"),
    ("ss.render(m, [r, r])", "ss.render_all"),
    ("ss.render(m, None)", "None is not a recipe"),
    ("ss.render(m, 7)", "the number 7 is not a recipe"),
    ("ss.render(None, r)", "ss.open_model opens one"),
    ("ss.render('portrait', r)", "did you mean portraits"),
    ("ss.render('portraits', r)", "made for tiny, not for Portraits"),
    ("list(ss.render_all(m, r))", "One recipe was given"),
    ("list(ss.render_all(m, [r, f]))", "an array of shape [32, 32, 3] (uint8)"),
    ("ss.render(m, r, styles=['atelier'])", "'atelier' is not a bank of styles"),
    ("ss.render(m, r, styles='atelier')", "ss.open_styles opens one"),
    ("ss.render(m, r, stages=[b])", "ss.open_stage opens one"),
    ("ss.render(m, r, deltas=7)", "the number 7 is not a delta"),
    ("ss.open_model('portraitz')", "did you mean portraits"),
    ("ss.open_model(m)", "already open"),
    ("ss.open_model(7)", "not the path of a model"),
    ("ss.open_model('portraits', device='gpu')", "gpu"),
    ("ss.open_model('portraits', precision='half')", "precision is 'half'"),
    ("ss.Recipe.from_seed(m, 7)", "The seed comes first"),
    ("ss.Recipe.from_seed('7', m)", "'7' is not a seed"),
    ("ss.Recipe.from_seed(7.5, m)", "the number 7.5 is not a seed"),
    ("ss.Recipe.from_seed([1, 2], m)", "a list is not a seed"),
    ("ss.Recipe.from_seed(-1, m)", "seed is -1"),
    ("ss.Recipe.from_seed(7, m, psi=0.5)", "did you mean truncation_psi?"),
    ("ss.Recipe.from_seed(7, m, truncation_psi=None)", "truncation_psi is None"),
    ("ss.Recipe.from_seed(7, m, truncation_psi='0.5')", "truncation_psi is '0.5'"),
    ("ss.Recipe.from_seed(7, None)", "None is not a model"),
    ("r.replace(noise_mode='off')", "noise_mode"),
    ("r.mix(12, 'face')", "'face' aren't known"),
    ("r.mix(12, [0, 8])", "do not lie in 0-7"),
    ("r.mix(12, -1)", "do not lie in 0-7"),
    ("r.mix(12, 0.5)", "the layers 0.5 aren't known"),
    ("r.mix(12, 'all', 80)", "amount is 80"),
    ("ss.find_directions(m, count=np.array([2, 4]))", "count is array([2, 4])"),
    ("ss.drag(m, r, [(9, 9)], [(20, 9)], steps=np.array(2.5))", "steps is array(2.5)"),
    ("r.mix('fine', 12)", "'fine' is not a seed"),
    ("r.mix(12, 'all', name=7)", "name is the number 7"),
    ("r.set('truncation', 0.5)", "did you mean truncation_psi?"),
    ("r.set(0.5, 'truncation_psi')", "the number 0.5 is not the path of a parameter"),
    ("r.get(None)", "None is not the path of a parameter"),
    ("r.edit(ss.ChannelEdit.of('jaw', [('b8.conv0', 4, 1)]), 'more')", "amount is 'more'"),
    ("r.intervene(ss.ChannelEdit.of('jaw', [('b8.conv0', 4, 1)]))", "is not an intervention"),
    ("r.intervene(ss.Intervention.of('wide', 4, 'zoom'), 'more')", "amount is 'more'"),
    ("r.delta(m, 'coarse')", "amount is 'coarse'"),
    ("r.stage(ss.open_stage('strokes'), 'more')", "strength is 'more'"),
    ("ss.SeedSource(7, 1)", "label is the number 1; it takes a weight for each class"),
    ("ss.PlaneSource(7, 1, None)", "label is None"),
    ("ss.Recipe.from_json({'version': 2})", "a dict is not text"),
    ("ss.adapt(m, r)", "is not a recipe; it comes first"),
    ("r.blend(12, 0.5)", "the number 12 is not a recipe"),
    ("ss.interpolate(r, r.replace(truncation_psi=0), 1.5)", "t is 1.5"),
    ("ss.save_png('a.jpg', f, r)", "does not end in .png"),
    ("ss.save_png(f, 'a.png', r)", "is not a path"),
    ("ss.save_png('a.png', r, f)", "is not a recipe"),
    ("ss.save_png('a.png', f / 255, r)", "(x * 255).round()"),
    ("ss.save_png('a.png', f.tolist(), r)", "a list is not a picture"),
    ("ss.save_png('a.png', torch.zeros(1, 3, 32, 32), r)", "as synthesize gives"),
    ("ss.save_png('no/a.png', f, r)", "save a.png elsewhere"),
    ("ss.Timeline.of([r], 1).save('no/a.session')", "does not exist; make it"),
    ("ss.save_session('no/a.stylestudio', r)", "does not exist; make it"),
    ("ss.save_latent('no/w.npz', m, r)", "does not exist; make it"),
    ("ss.to_pil(f[..., 0])", "[32, 32] (uint8)"),
    ("ss.Style.of(b, {'dwan': 1.0})", "did you mean 'dawn'?"),
    ("ss.Style.of(b, 'midnight')", "it knows dawn, noon, dusk"),
    ("ss.Style.of(b, ['dawn'])", "a list is not a set of weights"),
    ("ss.Style.of('watercolours', 'dawn')", "not a built-in style bank"),
    ("ss.Style.of(m, 'dawn')", "is not a bank of styles"),
    ("b.stylize(torch.rand(1, 3, 32, 32), 'dawn')", "is not a set of weights"),
    ("b.stylize(f, {'dawn': 1.0})", "images has shape [1, 32, 32, 3]"),
    ("m.map(np.full((1, 8), np.nan))", "z holds values that are not finite"),
    ("m.map(np.zeros(8))", "needs [N, 8]"),
    ("m.map(np.zeros((1, 8)), truncation_psi=None)", "truncation_psi is None"),
    ("m.synthesize(np.zeros((1, 8)))", "map turns z into ws"),
    ("m.synthesize(np.zeros((8, 8)))", "ws[None] adds the first dimension"),
    ("m.synthesize(np.full((1, 8, 8), np.inf))", "ws holds values that are not finite"),
    ("m.to('gpu')", "gpu"),
    ("b.to('gpu')", "gpu"),
    ("ss.invert('no.jpg', m)", "The model comes first"),
    ("ss.invert(m, f, method='tuning')", "did you mean 'tune'?"),
    ("ss.invert(m, f / 255)", "uint8 [H, W, 3] is needed"),
    ("ss.invert(m, 'no.jpg')", "no.jpg"),
    ("ss.invert(m, f, editability=2)", "editability is 2; it must be between 0 and 1"),
    ("ss.invert(m, f, editability='high')", "editability is 'high'"),
    ("ss.drag(m, 7, [(1, 1)], [(2, 2)])", "the number 7 is not a recipe"),
    ("ss.editing.direction_between(m, 'a', [7], [12])", "the number 7 is not a recipe"),
    ("ss.editing.direction_between(m, 'a', r, r)", "is not a list of recipes"),
    ("ss.editing.direction_between(m, 'a', 7, 12)", "the number 7 is not a list of recipes"),
    ("ss.adapt_model('pigments', pictures=7)", "the number 7 is not a list of pictures"),
    ("ss.NoiseFlow(speed=True)", "it must be a number"),
    ("ss.open_stage('strokes').strokes(torch.rand(3, 32, 32), count=0)", "count is 0"),
    ("ss.open_stage('strokes').strokes(torch.rand(3, 32, 32), count=True)", "count is True"),
    ("ss.open_stage('strokes').strokes(torch.rand(3, 32, 32), levels=0.5)", "levels is 0.5"),
    ("ss.open_stage('strokes').strokes(torch.rand(3, 32, 32), brush='x')", "round, flat, oval"),
    ("ss.find_by_words('pigments', 'gold', 'ViT-B-32.pt')", "ss.open_text_model opens one"),
    ("ss.draw_by_words('gold', 7)", "the number 7 is not a text model"),
    ("ss.style_by_words(b, 'gold', f.transpose(2, 0, 1)[None])", "lie between 0 and 1"),
    ("ss.style_by_words(b, 'gold', 'a.png')", "picture is not an array of numbers"),
    ("ss.adapt_model('pigments', pictures=[f.transpose(2, 0, 1)])", "lie between 0 and 1"),
    ("ss.adapt_model('pigments', pictures=[f / 255])", "it needs [N, 3, H, W]"),
    ("ss.adapt_model('pigments', 7)", "the number 7 is not words"),
    ("ss.adapt_model('pigments', [7])", "the number 7 is not words"),
    ("ss.adapt_model('pigments', {'gold': 'much'})", "the weight is 'much'"),
    ("ss.adapt_model('pigments', 'gold', steps=1.5)", "steps is 1.5"),
    ("ss.adapt_model('pigments', 'gold', seed=-1)", "seed is -1"),
    ("ss.adapt_model('pigments', 'gold', seed=2**32)", "seed is 4294967296"),
    ("ss.adapt_model('pigments', 'gold', instead_of=None)", "instead_of is None"),
    ("ss.map_by_words('pigments', 'gold', steps='9')", "steps is '9'"),
    ("ss.find_by_words('pigments', 'gold', seed=0.5)", "seed is 0.5"),
    ("ss.find_by_words('pigments', 'gold', steps=2.5)", "steps is 2.5"),
    ("ss.style_by_words(b, 'gold', f.transpose(2, 0, 1)[None] / 255, steps='9')", "steps is '9'"),
    ("ss.draw_by_words('gold', strokes=2.5)", "strokes is 2.5"),
    ("ss.imagine('gold', count=2.5)", "count is 2.5"),
    ("ss.direction_by_words('pigments', 'gold', seeds=8.5)", "seeds is 8.5"),
    ("ss.channels_by_words('pigments', 'blue', samples=0)", "samples is 0"),
    ("ss.regions_by_words('pigments', 7)", "the number 7 is not words"),
    ("ss.regions_by_words('pigments', 'gold', samples=1.5)", "samples is 1.5"),
    ("ss.regions_by_words('pigments', 'gold', recipes=3)", "the number 3 is not a list of samples"),
    ("ss.dissect(m, 3)", "the number 3 is not a list of samples"),
    ("ss.dissect(m, [(3, np.eye(8))], name=None)", "the name of the units is None"),
    ("ss.editing.rewrite(m, (r, np.eye(8)), [])", "ss.editing.Painted"),
    (
        "ss.editing.rewrite(m, ss.editing.Painted(r, np.eye(8)), r)",
        "not a list of painted pictures",
    ),
    ("ss.editing.rewrite(m, ss.editing.Painted(r, np.eye(8)), [], rank=2.5)", "rank is 2.5"),
    ("ss.editing.rewrite(m, ss.editing.Painted(r, np.eye(8)), [], steps=-1)", "steps is -1"),
    ("ss.editing.rewrite(m, ss.editing.Painted(r, np.eye(8)), [], samples=0)", "samples is 0"),
    ("ss.Timeline.of([7, 12], seconds=2)", "the number 7 is not a recipe"),
    ("ss.Timeline.of([r, r], seconds=0)", "seconds is 0"),
    ("ss.Timeline.of(5, seconds=2)", "the number 5 is not a list of recipes"),
    ("ss.Timeline.of([r, r], seconds=1).replace(frames=9)", "no field 'frames'"),
    ("ss.export_video(m, [r, r], 'a.mp4')", "a list is not a timeline"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), None)", "not the path of the video"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.avi')", ".avi"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', quality='Best')", "did you mean 'best'?"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', chroma='4:4:4')", "standard, full"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', stages=['strokes'])", "ss.open_stage"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', side=64.5)", "must be a whole number"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', side='64')", "side is '64'"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', side=float('nan'))", "side is"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', scale='2')", "scale is '2'"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', scale=None)", "scale is None"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', scale=float('nan'))", "scale is"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', scale=float('inf'))", "above 0"),
    ("ss.export_video(m, ss.Timeline.of([r], 1), 'a.mkv', scale=-1)", "above 0"),
    ("ss.Timeline.of([r], 1).replace(path='Spline')", "did you mean 'spline'?"),
    ("ss.Timeline.of([r], 1).replace(loop='no')", "loop is 'no'; it must be True or False"),
    ("ss.Timeline.of([r], 1).replace(noise={'speed': 1})", "ss.NoiseFlow"),
    ("ss.Timeline.of([r], 1).replace(wander='circle')", "ss.Wander"),
    ("ss.Timeline(keyframes=(r, r))", "is not a keyframe"),
    ("ss.Keyframe(r, easing='smoth')", "did you mean 'smooth'?"),
    ("ss.Keyframe(f)", "is not a recipe"),
    ("ss.Wander(kind='spiral')", "there are circle, walk"),
    ("ss.Wander(seed=1.5)", "seed is the number 1.5; it must be a whole number"),
    ("ss.Wander(steps=8.5)", "steps is the number 8.5; it must be a whole number"),
    ("ss.NoiseFlow(seed=1.5)", "noise seed is the number 1.5; it must be a whole number"),
    ("ss.NoiseFlow(closes='no')", "closes is 'no'; it must be True or False"),
    ("ss.read_recipe('no.png')", "no.png"),
    ("ss.read_latents(m, 'w.npz')", "ss.read_latents(path, model)"),
    ("ss.save_latent(m, 'w.npz', r)", "ss.save_latent(path, model, recipe)"),
    ("ss.parameters(r, m)", "comes first"),
    ("ss.open_styles(['a', 'b'])", "not the path of styles"),
]


@pytest.mark.parametrize(("typed", "said"), MISTAKES)
def test_a_mistake_is_answered_in_one_sentence(
    typed, said, model, recipe, opened, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    known = {"m": model, "r": recipe, "f": ss.render(model, recipe), "b": opened}
    with pytest.raises(ss.StyleStudioError) as caught:
        eval(typed, {"ss": ss, "np": np, "torch": torch, **known})
    sentence = str(caught.value)
    assert said in sentence
    assert sentence.endswith((".", "?"))
    assert len(sentence.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_meant_well_is_taken(model, recipe, opened, tmp_path):
    frame = ss.render(model, recipe)
    for number, picture in enumerate([Image.fromarray(frame), ss.Renderer(model).render(recipe)]):
        path = tmp_path / f"{number}.PNG"
        ss.save_png(path, picture, recipe)
        assert (np.asarray(Image.open(path)) == frame).all()
        assert ss.read_recipe(path) == recipe
    style = ss.Style.of(opened, {"DAWN": np.float32(1)})
    assert style.weights == (("dawn", 1.0),)
    painted = ss.render(model, recipe.replace(style=style), styles=opened)  # one bank, no list
    assert (painted != frame).any()
    assert ss.Recipe.from_seed(np.int64(7), model, truncation_psi=np.float32(0.5)).mix(
        np.uint8(3), np.arange(2)
    ).mixing[0].amounts == (1.0, 1.0, 0, 0, 0, 0, 0, 0)
    seven = ss.Recipe.from_seed(7, "Portraits")
    assert (ss.render("portraits", seven) == ss.render(ss.open_model("portraits"), seven)).all()

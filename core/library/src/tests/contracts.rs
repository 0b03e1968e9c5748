//! Plugins behind the interface keep the promises of their traits.

use candle_core::Tensor;

use super::{build, library, toys};
use lab_core::Result;
use lab_core::config::{PluginRef, Source};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::{Repeats, Split};
use lab_core::registry::{Capability, Origin};
use lab_core::testing::{
    AtIdentity, check_aligner, check_dataset, check_decoder, check_feature_net, check_generator,
    check_loss_term,
};
use lab_core::traits::{Aligner, Dataset, Decoder, FeatureNet, Generator, LossTerm, View};

#[test]
fn generators() -> Result<()> {
    let ctx = Context::new(3).child("generator");
    let generator = build::<dyn Generator>("waves()");
    let corpus = generator.corpus().unwrap().build(&ctx)?;
    let corpus = corpus.load(&ctx.child("corpus"))?;
    let fitted = generator.prepare(&ctx, Some(&corpus.stimuli))?;
    check_generator(&ctx, generator.as_ref(), fitted.as_ref(), 0.02)
}

#[test]
fn feature_networks() -> Result<()> {
    let ctx = Context::new(3).child("features");
    let net = build::<dyn FeatureNet>("sums()");
    let fitted = net.prepare(&ctx, None)?;
    assert_eq!(fitted.classes(), ["a", "ü", "c"]);
    check_feature_net(
        &ctx,
        net.as_ref(),
        fitted.as_ref(),
        ImageShape::grey(8),
        0.02,
    )
}

#[test]
fn a_gradient_that_a_library_cuts_is_found() {
    let severed = build::<dyn LossTerm>("severed()");
    let shape = ImageShape::grey(6);
    let error = check_loss_term(severed.as_ref(), &[], shape, AtIdentity::Zero).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("cut off on the way") && error.contains("softmax_last_dim"),
        "{error}"
    );
}

#[test]
fn loss_terms() -> Result<()> {
    let shape = ImageShape::grey(6);
    let pixels = build::<dyn LossTerm>("apart(layers: [])");
    check_loss_term(pixels.as_ref(), &[], shape, AtIdentity::Zero)?;
    let layers = build::<dyn LossTerm>("apart(layers: [\"a\", \"b\"])");
    let declared: [(&str, &[usize]); 2] = [("a", &[3, 4, 4]), ("b", &[7])];
    check_loss_term(layers.as_ref(), &declared, shape, AtIdentity::Zero)?;
    let image = Tensor::zeros(
        (2, 1, 6, 6),
        candle_core::DType::F32,
        &candle_core::Device::Cpu,
    )?;
    let values = Tensor::new(&[[1f32, -1.0], [2.0, 3.0]], &candle_core::Device::Cpu)?;
    let features = [("a".to_owned(), values.clone()), ("b".to_owned(), values)].into();
    let shares = layers.selected_share(&View {
        image: &image,
        features: &features,
    })?;
    assert_eq!(shares, [("a".to_owned(), 0.75), ("b".to_owned(), 0.75)]);
    Ok(())
}

#[test]
fn decoders() -> Result<()> {
    let ctx = Context::new(3).child("decode");
    check_decoder(&ctx, build::<dyn Decoder>("lines()").as_ref())
}

#[test]
fn aligners() -> Result<()> {
    let ctx = Context::new(3);
    let recording = build::<dyn Dataset>("dots()").load(&ctx.child("load"))?;
    let train = recording.samples(Split::Train, Repeats::Average)?;
    let aligner = build::<dyn Aligner>("centred()");
    check_aligner(&ctx, aligner.as_ref(), &train.subjects)?;
    let fitted = aligner.fit(&ctx, &train.subjects)?;
    let aligned = fitted.transform(&ctx, &train.subjects)?;
    assert_eq!(aligned[1].id, "S2");
    assert_eq!(aligned[1].roi, train.subjects[1].roi);
    assert_eq!(
        aligned[1].roi_names[..],
        ["V1".to_owned(), "Größe".to_owned()]
    );
    assert_eq!(fitted.facts()[0].value.to_bits(), 2f64.to_bits());
    assert_eq!(fitted.held_out(&ctx, &train.subjects)?.len(), 2);
    Ok(())
}

#[test]
fn datasets() -> Result<()> {
    let ctx = Context::new(3).child("load");
    let dataset = build::<dyn Dataset>("dots(n: 12)");
    assert_eq!(dataset.obtain().as_deref(), Some("they are drawn"));
    let recording = check_dataset(&ctx, dataset.as_ref())?.unwrap();
    let built_in =
        super::toys::Dots::build(super::toys::DotsParams { size: 8, n: 12 }, &Context::new(3))?
            .load(&ctx)?;
    assert_eq!(
        recording.stimuli.content_hash()?,
        built_in.stimuli.content_hash()?
    );
    assert_eq!(recording.stimuli.labels, built_in.stimuli.labels);
    assert_eq!(recording.stimuli.field_of_view_deg, Some(7.5));
    assert_eq!(recording.notes, built_in.notes);
    for (ours, theirs) in recording.subjects.iter().zip(&built_in.subjects) {
        assert_eq!(super::bits(&ours.responses), super::bits(&theirs.responses));
        assert_eq!(ours.trials, theirs.trials);
        assert_eq!(ours.voxels.roi, theirs.voxels.roi);
        assert_eq!(ours.voxels.xyz, theirs.voxels.xyz);
        assert_eq!(ours.voxels.noise_ceiling, theirs.voxels.noise_ceiling);
    }
    Ok(())
}

#[test]
fn parameters_are_resolved_by_library_and_host_and_mistakes_have_places() {
    let library = library();
    assert_eq!(library.plugins().len(), 7);
    assert!(library.built_by().starts_with("lab-library ") && library.built_by().contains("rustc"));
    let generator = PluginRef::<dyn Generator>::of("waves(latent: 4)");
    assert_eq!(
        generator.resolve(false).unwrap(),
        "waves(latent:4,size:8,updates:12,panic_at:0,corpus:dots(size:8,n:40))"
    );
    assert_eq!(
        generator.resolve(true).unwrap(),
        "waves(latent:4,size:8,updates:2,panic_at:0,corpus:dots(size:8,n:8))"
    );
    let text = "(\n    name: \"x\",\n    seed: 1,\n    dataset: dots(),\n    align: [],\n    generator: waves(latent: 4,\n        sise: 3),\n    losses: [],\n    decoder: lines(),\n)";
    let experiment = lab_core::config::Experiment::parse(&Source::new("x.ron", text)).unwrap();
    let complaint = experiment.generator.build(&Context::new(1));
    assert_eq!(
        complaint.err().unwrap().to_string(),
        "x.ron:7:9: waves has no parameter 'sise'\n  hint: did you mean 'size'? known: latent, size, updates, panic_at, corpus"
    );
    let clash = lab_core::registry::add(library.plugins().iter().copied());
    assert_eq!(
        clash.err().unwrap().to_string(),
        "two plugins are called generator 'waves': one in libtoys.so, one in libtoys.so; rename one of them"
    );
    let found = lab_core::registry::registry().unwrap();
    let waves = found.iter().find(|plugin| plugin.name == "waves").unwrap();
    assert_eq!(waves.capability, Capability::Generator);
    assert!(matches!(waves.origin, Origin::Library { path, .. } if path == library.path()));
}

#[test]
fn parameters_of_a_library_are_explained_as_those_of_a_linked_plugin() {
    let library = library();
    let plugin = |name| {
        library
            .plugins()
            .iter()
            .find(|plugin| plugin.name == name)
            .unwrap()
    };
    let waves = (plugin("waves").parameters)().unwrap().unwrap();
    let own = lab_core::config::plugin_parameters::<toys::WavesParams>().unwrap();
    assert_eq!(waves, own);
    assert_eq!(waves[0].name, "latent");
    assert_eq!(waves[0].meaning, "Numbers of a latent.");
    assert_eq!(waves[0].range, "at least 1, at most 1048576");
    assert_eq!(
        (plugin("apart").parameters)().unwrap().unwrap()[0].range,
        ""
    );
}

#[test]
fn mistakes_in_a_corpus_that_a_library_names_have_places_in_the_file() {
    library();
    let with = |generator: &str| {
        let text = format!(
            "(\n    name: \"x\",\n    seed: 1,\n    dataset: dots(),\n    align: [],\n    generator: {generator},\n    losses: [],\n    decoder: lines(),\n)"
        );
        lab_core::config::Experiment::parse(&Source::new("x.ron", text)).unwrap()
    };
    for smoke in [false, true] {
        let ctx = Context::new(1).with_smoke(smoke);
        let complaint = |generator: &str| {
            let part = with(generator).generator;
            let corpus = part.nested(part.build(&ctx)?.corpus().unwrap());
            corpus.build(&ctx).map(drop)
        };
        let said = |generator| complaint(generator).err().unwrap().to_string();
        assert!(
            said("waves(latent: 4,\n        corpus: dots(sise: 3))").starts_with(
                "x.ron:7:22: dots has no parameter 'sise'\n  hint: did you mean 'size'?"
            )
        );
        assert!(
            said("waves(corpus: dts(n: 3))")
                .starts_with("x.ron:6:30: unknown dataset 'dts' (did you mean 'dots'?)")
        );
        assert!(complaint("waves()").is_ok());
        // The library itself is given the size of a smoke run, and the corpus as it was written.
        let part = with("waves(latent: 4)").generator;
        let corpus = part.build(&ctx).unwrap().corpus().unwrap().clone();
        assert_eq!(corpus.one_line(), "dots()");
    }
}

//! `--set`: what it writes, where it says a value came from, and what it refuses.

use super::{TEXT, complaint, source};
use crate::config::{Experiment, Location, Source, overrides};
use crate::{Error, Result};

fn set(sets: &[&str]) -> Result<Source> {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    overrides::apply(&source(TEXT), &sets)
}

fn refusal(sets: &[&str]) -> String {
    set(sets).map_or_else(|error| error.to_string(), |source| complaint(&source))
}

#[test]
fn values_are_replaced_and_written() -> Result<()> {
    for (set_this, expected) in [
        ("seed=8", "seed: 8, dataset"),
        ("generator.latent=100", "test_generator(latent: 100)"),
        ("losses.1.0=25", "(25, test_loss(layers"),
        ("losses.1.1.threshold=0.5", "threshold: 0.5)"),
        (
            "losses.0.1.threshold=0.5",
            "(10.0, test_loss(threshold: 0.5))",
        ),
        ("losses.1.1.layers.0=\"fc\"", "layers: [\"fc\", \"conv2\"]"),
        ("losses.1.1.layers.1=fc", "[\"conv1\", \"fc\"]"),
        (
            "losses.1.1.form=Soft(slope: 2.0)",
            "threshold: 1.0, form: Soft(slope: 2.0))",
        ),
        (
            "dataset.stimuli.path=data/stim.mat",
            "path: \"data/stim.mat\")",
        ),
        (
            "dataset.stimuli.mask=data/mask.mat",
            "npy\", mask: \"data/mask.mat\")",
        ),
        ("dataset.stimuli=test_images", "stimuli: test_images, )"),
        ("dataset.snr=2", "), snr: 2 ),"),
        ("align.0.none=1", "[test_aligner(none: 1)]"),
        (
            "generator.train.updates=5",
            "latent: 20, train: (updates: 5))",
        ),
        ("ensemble.members=3", "hidden: 5), ensemble: (members: 3) )"),
        (
            "scores.inversion.n_steps=3",
            "scores: (inversion: (n_steps: 3)) )",
        ),
        ("name=other", "name: \"other\", //"),
        ("name=2024", "name: \"2024\", //"),
        ("name = \"a = b\"", "name: \"a = b\", //"),
        (
            "losses=[(1.0, test_loss())]",
            "losses: [(1.0, test_loss())], decoder",
        ),
        ("features=None", "features: None )"),
    ] {
        let text = set(&[set_this])?
            .text()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(
            text.contains(expected),
            "{set_this}: '{expected}' is not in\n{text}"
        );
    }
    Ok(())
}

#[test]
fn later_sets_see_earlier_ones() -> Result<()> {
    let source = set(&[
        "ensemble=(members: 3)",
        "ensemble.members=4",
        "ensemble.combine=Median",
        "dataset.stimuli=test_images",
        "dataset.stimuli.n=9",
        "losses.0.1.threshold=2",
        "losses=[(3.0, test_loss(threshold: 4.0))]",
        "losses.0.0=5",
    ])?;
    assert!(
        source
            .text()
            .contains("ensemble: (members: 4, combine: Median)"),
        "{}",
        source.text()
    );
    assert!(
        source.text().contains("stimuli: test_images(n: 9)"),
        "{}",
        source.text()
    );
    assert!(
        source
            .text()
            .contains("losses: [(5, test_loss(threshold: 4.0))]"),
        "{}",
        source.text()
    );
    assert_eq!(complaint(&source), "no complaint");
    holds(&source);
    let of = |what: &str| source.locate(source.text().find(what).unwrap()).to_string();
    assert_eq!(of("4, combine"), "--set ensemble.members=4");
    assert_eq!(of("Median"), "--set ensemble.combine=Median");
    assert_eq!(of("n: 9"), "--set dataset.stimuli.n=9");
    assert_eq!(of("5, test_loss"), "--set losses.0.0=5");
    assert_eq!(
        of("threshold: 4.0"),
        "--set losses=[(3.0, test_loss(threshold: 4.0))]"
    );
    Ok(())
}

/// Patches ascend and do not overlap, and every byte outside them is located where the file has it.
fn holds(patched: &Source) {
    let mut end = 0;
    for patch in patched.patches() {
        assert!(
            patch.start >= end && patch.end > patch.start,
            "{patch:?} after byte {end}"
        );
        end = patch.end;
    }
    let original = source(TEXT);
    let mut last = None;
    for (offset, letter) in patched.text().char_indices() {
        let location = patched.locate(offset);
        let inside = patched
            .patches()
            .iter()
            .any(|patch| (patch.start..patch.end).contains(&offset));
        assert_eq!(
            inside,
            matches!(location, Location::Argument { .. }),
            "byte {offset}"
        );
        if let Location::File { line, column, .. } = location {
            let at = Source::offset(TEXT, line, column);
            assert_eq!(
                TEXT[at..].chars().next(),
                Some(letter),
                "byte {offset} is located at {line}:{column}"
            );
            assert_eq!(
                original.locate(at).to_string(),
                patched.locate(offset).to_string()
            );
            assert!(
                last.is_none_or(|last| at > last),
                "byte {offset} lies before the one before it"
            );
            last = Some(at);
        }
    }
}

#[test]
fn places_are_right_before_in_and_after_patches() -> Result<()> {
    for sets in [
        &["seed=123456", "losses.1.0=1", "generator.latent=3"][..],
        &["ensemble.members=3", "ensemble.members=40", "name=x"],
        &[
            "dataset.stimuli.path=x",
            "dataset.stimuli=test_images(n: 1)",
            "dataset.stimuli.n=22",
            "dataset.snr=3",
        ],
        &[
            "losses.1.1.threshold=9",
            "losses.1=(2.0, test_loss())",
            "losses.0.1.threshold=8",
            "seed=1",
        ],
    ] {
        holds(&set(sets)?);
    }
    Ok(())
}

#[test]
fn mistakes_in_values_name_the_argument() {
    for (sets, expected) in [
        (
            &["sed=8"][..],
            "--set sed=8: the experiment has no parameter 'sed'\n  hint: did you mean 'seed'?",
        ),
        (
            &["generator.latnt=8"],
            "--set generator.latnt=8: test_generator has no parameter 'latnt'\n  hint: did you mean 'latent'?",
        ),
        (
            &["generator.train.updats=8"],
            "--set generator.train.updats=8: test_generator has no parameter 'updats'",
        ),
        (
            &["generator.latent=many"],
            "--set generator.latent=many: test_generator: ",
        ),
        (
            &["generator.latent=\"8\""],
            "--set generator.latent=\"8\": test_generator: ",
        ),
        (
            &["seed=-1"],
            "--set seed=-1: parameter 'seed' of the experiment: expected a whole number",
        ),
        (
            &["seed=1.5"],
            "--set seed=1.5: parameter 'seed' of the experiment: expected a whole number",
        ),
        (
            &["dataset=test_subject()"],
            "--set dataset=test_subject(): unknown dataset 'test_subject' (did you mean 'test_subjects'?)",
        ),
        (
            &["losses.1.1.form=Sft(slope: 1.0)"],
            "--set losses.1.1.form=Sft(slope: 1.0): 'Sft' is no option of test_loss",
        ),
        (
            &["ensemble.combine=Mode"],
            "--set ensemble.combine=Mode: 'Mode' is no option of the experiment",
        ),
        (
            &["seed=9", "dataset.stimuli.pth=3"],
            "--set dataset.stimuli.pth=3: test_images has no parameter 'pth'",
        ),
    ] {
        let found = refusal(sets);
        assert!(
            found.starts_with(expected),
            "{sets:?}\n   got: {found}\n  want: {expected}"
        );
    }
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    for (set, expected) in [
        ("seed", "there is no '=' in it"),
        ("=3", "the path before '=' is empty"),
        ("a..b=3", "the path has an empty part"),
        ("seed=", "there is no value after '='"),
        (
            "seed.x=3",
            "the path leads nowhere: 'seed' is 7 and has no part 'x'",
        ),
        (
            "losses.2.0=3",
            "'losses' has no element 2: it has 2, counted from 0 to 1",
        ),
        (
            "losses.first=3",
            "'losses' has no field 'first': its elements are counted\n  hint: it has 2, counted from 0 to 1: 0: (10.0, test_loss())",
        ),
        (
            "generator.0=3",
            "'generator' has fields, and '0' is no name of one\n  hint: written there: latent",
        ),
        (
            "generator.la-tent=3",
            "'generator' has fields, and 'la-tent' is no name of one\n  hint: did you mean 'latent'? written there: latent",
        ),
        (
            "observers.0.n=3",
            "'observers' is not written there, so that nothing can be counted in it",
        ),
        ("losses=[(1.0", "'[(1.0' is no value: "),
        ("name=\"x", "'\"x' is no value: "),
    ] {
        let found = refusal(&[set]);
        assert!(
            found.starts_with(&format!("--set {set}: {expected}")),
            "got: {found}\n  want: {expected}"
        );
    }
}

#[test]
fn a_file_whose_brackets_do_not_match_is_located() {
    let broken = Source::new("broken.ron", "(\n    name: \"x\",\n    align: [a(), b(,\n)");
    let error = overrides::apply(&broken, &["seed=1".into()])
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        error.starts_with("broken.ron:3:20: expected a value"),
        "{error}"
    );
}

#[test]
fn strings_and_comments_hide_brackets() -> Result<()> {
    let text = "/* ( /* [ */ */ (a: r#\"(\"\"#, b: '(', c: \"\\\"(\", // )\n d: b\"]\", e: {\"k\": [1]}, f: Some(x(g: 1)), h: '\\'')";
    let source = Source::new("odd.ron", text);
    let patched = overrides::apply(
        &source,
        &[
            "d=\"x\"".into(),
            "f.g=2".into(),
            "h='y'".into(),
            "i=3".into(),
        ],
    )?;
    assert!(
        patched
            .text()
            .ends_with(" d: \"x\", e: {\"k\": [1]}, f: Some(x(g: 2)), h: 'y', i: 3)"),
        "{}",
        patched.text()
    );
    let located: Result<Experiment, Error> = Experiment::parse(&patched);
    assert!(located.is_err());
    Ok(())
}

#[test]
fn a_value_is_taken_from_the_same_place_of_another_file() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.ron");
    let other = "// Another.\n(generator: test_generator(latent: 7, // seven\n    ), losses: [(3.0, test_loss())])";
    std::fs::write(&path, other).unwrap();
    let file = path.display();
    for (set_this, expected) in [
        (
            format!("generator=@{file}"),
            "test_generator(latent: 7, // seven\n    )",
        ),
        (
            format!("generator.latent=@{file}"),
            "test_generator(latent: 7)",
        ),
        (format!("losses.0.0=@{file}"), "(3.0, test_loss("),
        (
            format!("decoder=@{file}#generator"),
            "decoder: test_generator(latent: 7",
        ),
    ] {
        let set = set(&[&set_this])?;
        assert!(set.text().contains(expected), "{set_this}: {}", set.text());
    }
    for (set_this, words) in [
        (format!("decoder=@{file}"), "'decoder' is not written there"),
        (format!("losses.1.0=@{file}"), "has no element 1"),
        ("generator=@nowhere.ron".to_owned(), "@nowhere.ron: "),
    ] {
        let error = refusal(&[&set_this]);
        assert!(error.contains(words) && error.contains("--set"), "{error}");
    }
    Ok(())
}

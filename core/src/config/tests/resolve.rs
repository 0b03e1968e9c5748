//! A resolved experiment says everything and runs again as it is.

use super::{TEXT, complaint, source};
use crate::Result;
use crate::config::{Experiment, Source, layout, one_line};

#[test]
fn resolving_fills_in_every_default() -> Result<()> {
    let resolved = Experiment::parse(&source(TEXT))?.resolve(false)?;
    for expected in [
        "seed: 7",
        "test_subjects(stimuli: test_images(path: \"a, b (c).npy\", mask: None, n: 3), snr: 1.0)",
        "test_generator(latent: 20, train: (updates: 20000, corpus: None))",
        "test_loss(layers: [\"conv1\"], threshold: 1.0, form: Soft(slope: 3.0))",
        "test_decoder(hidden: 5, epochs: 0)",
        "members: 15",
        "Identification",
    ] {
        assert!(
            resolved.contains(expected),
            "'{expected}' is not in\n{resolved}"
        );
    }
    Ok(())
}

#[test]
fn resolving_twice_changes_nothing() -> Result<()> {
    for smoke in [false, true] {
        let once = Experiment::parse(&source(TEXT))?.resolve(smoke)?;
        let again = Source::new("resolved", &once);
        assert_eq!(Experiment::parse(&again)?.resolve(smoke)?, once);
        assert_eq!(complaint(&again), "no complaint");
    }
    Ok(())
}

#[test]
fn what_a_cluster_is_asked_for_is_no_part_of_it() -> Result<()> {
    let end = TEXT.trim_end().rfind(')').unwrap();
    let asking = format!(
        "{}, resources: (cores: 4, hours: 0.5))",
        TEXT[..end].trim_end().trim_end_matches(',')
    );
    let asking = Experiment::parse(&source(&asking))?;
    assert_eq!(
        (
            asking.resources.cores,
            asking.resources.memory_gib,
            asking.resources.hours
        ),
        (Some(4), None, Some(0.5))
    );
    assert_eq!(
        asking.resolve(false)?,
        Experiment::parse(&source(TEXT))?.resolve(false)?
    );
    Ok(())
}

#[test]
fn a_smoke_run_is_small() -> Result<()> {
    let resolved = Experiment::parse(&source(TEXT))?.resolve(true)?;
    for expected in ["updates: 2,", "n: 1", "members: 2"] {
        assert!(
            resolved.contains(expected),
            "'{expected}' is not in\n{resolved}"
        );
    }
    Ok(())
}

#[test]
fn a_layout_breaks_what_does_not_fit_and_nothing_else() {
    let text = "(name:\"a, (b)\",list:[1,2],none:None,some:Some(deep(x:1.5,y:Halfway(to:0.05))),
        long:plugin(first:\"0123456789012345678901234567890123456789\",second:\"0123456789012345678901234567890\",third:[]))";
    let expected = "(
    name: \"a, (b)\",
    list: [1, 2],
    none: None,
    some: deep(x: 1.5, y: Halfway(to: 0.05)),
    long: plugin(
        first: \"0123456789012345678901234567890123456789\",
        second: \"0123456789012345678901234567890\",
        third: [],
    ),
)";
    assert_eq!(layout(text), expected);
    assert_eq!(layout(expected), expected);
    assert_eq!(one_line(text), one_line(expected));
    assert_eq!(layout("(no ron"), "(no ron");
}

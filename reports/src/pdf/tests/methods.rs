//! Every sentence of the method in each of its arms.

use lab_score::record::{PluginUse, Record, Statistic};

use crate::example::example;
use crate::pdf::methods::{
    binomial, ceiling, classes, data, fitted, images, intervals, pairs, permutations, prepared,
    responses_are_untouched, statistics, two_alternatives,
};

fn record() -> Record {
    example().0
}

fn with_plugin(role: &str, name: &str, parameters: &str, from_files: bool) -> Record {
    let mut record = record();
    record.searches.clear();
    let plugins = &mut record.provenance.plugins;
    plugins.retain(|plugin| plugin.role != role);
    plugins.push(PluginUse {
        role: role.into(),
        name: name.into(),
        parameters: parameters.into(),
        summary: String::new(),
        equation: String::new(),
        source: String::new(),
        from_files,
    });
    record
}

fn without(statistics: &[Statistic]) -> Record {
    let mut record = record();
    record
        .scores
        .retain(|row| !statistics.contains(&row.statistic));
    record
}

#[test]
fn subjects_and_images_are_counted() {
    let mut facts = record().data;
    let words = images(&facts);
    assert!(
        words.starts_with(
            "Three simulated subjects were made to respond to the same images of 24 × 24 pixels (12° of"
        ),
        "{words}"
    );
    facts.subjects.truncate(1);
    facts.field_of_view_deg = None;
    let words = images(&facts);
    assert!(
        words.starts_with("One simulated subject was made to respond to images of 24"),
        "{words}"
    );
    facts.simulated = None;
    let words = images(&facts);
    assert!(
        words.starts_with("One subject looked at images of 24 × 24 pixels: 144"),
        "{words}"
    );
}

const NOBODY: &str = "test images are seen by no fit";

#[test]
fn no_fit_has_seen_test_images_only_where_none_has() {
    let clean = with_plugin("aligner", "hyperalignment", "()", false);
    assert!(fitted(&clean).contains(NOBODY));
    assert!(responses_are_untouched(&clean));
    let seen = [
        (
            with_plugin("dataset", "god", "(root: \"x\", scaling: Run)", true),
            "z-scores each voxel within each run",
            false,
        ),
        (
            with_plugin("dataset", "brains", "(responses: Aligned(\"x.mat\"))", true),
            "may have seen test rows",
            false,
        ),
        (
            with_plugin("decoder", "stored_latents", "(file: \"z.mat\")", true),
            "the decoder stored_latents holds what was read from files",
            true,
        ),
        (
            with_plugin("generator", "dcgan", "(weights: \"g.npz\")", true),
            "the generator dcgan holds what was read from files",
            true,
        ),
        (
            with_plugin("aligner", "fixed", "(map: \"m.npy\")", true),
            "the aligner fixed holds what was read from files",
            false,
        ),
        (record(), "fit latents to the test images themselves", true),
    ];
    for (record, part, untouched) in seen {
        let words = fitted(&record);
        assert!(words.contains(part) && !words.contains(NOBODY), "{words}");
        assert_eq!(responses_are_untouched(&record), untouched, "{part}");
    }
    for parameters in [
        "(root: \"x\", scaling: AsStored)",
        "(responses: Subjects([\"a\"]))",
    ] {
        for name in ["god", "brains", "vim1"] {
            let record = with_plugin("dataset", name, parameters, true);
            assert!(fitted(&record).contains(NOBODY), "{name}{parameters}");
        }
    }
}

#[test]
fn measured_responses_have_a_past_that_is_not_known() {
    let mut facts = record().data;
    assert_eq!(prepared(&facts), "");
    facts.simulated = None;
    assert!(prepared(&facts).contains("not known here"));
    let words = data(&record());
    assert!(
        words.ends_with("After alignment 118 features describe each row. Pixels lie in [−1, 1]."),
        "{words}"
    );
}

#[test]
fn the_task_speaks_of_the_majority_where_it_was_counted() {
    let words = two_alternatives(&record()).unwrap();
    assert!(words.contains("whether the majority is right"), "{words}");
    let words = two_alternatives(&without(&[Statistic::ObserverMajority])).unwrap();
    assert!(!words.contains("majority"), "{words}");
    assert_eq!(
        two_alternatives(&without(&[Statistic::ObserverOverall])),
        None
    );
}

#[test]
fn pairs_speak_of_what_was_scored() {
    let words = pairs(&record()).unwrap();
    assert!(
        words.contains("“Pairs of one class”")
            && words.contains("“First of all”")
            && words.contains("“First of 5”"),
        "{words}"
    );
    let fewer = without(&[
        Statistic::SameClassIdentification,
        Statistic::TopOne,
        Statistic::FiveWay,
    ]);
    let words = pairs(&fewer).unwrap();
    assert!(!words.contains('“'), "{words}");
    assert_eq!(pairs(&without(&[Statistic::PairwiseIdentification])), None);
}

#[test]
fn a_classifier_is_trusted_as_far_as_its_past_is_known() {
    let words = classes(&record()).unwrap();
    assert!(
        words.contains("learned from images that are no test images, and took no part in the loss"),
        "{words}"
    );
    let given = with_plugin("observer", "convnet", "(weights: \"w\")", true);
    let words = classes(&given).unwrap();
    assert!(
        words.contains("what those were trained on is not known here"),
        "{words}"
    );
    let mut used = record();
    for row in &mut used.scores {
        row.in_loss = true;
    }
    assert!(classes(&used).unwrap().contains("was part of the loss"));
    assert_eq!(classes(&without(&[Statistic::ClassAccuracy])), None);
}

#[test]
fn permutations_are_named_where_they_were_drawn() {
    assert!(
        permutations(&record())
            .unwrap()
            .contains("draws 200 assignments")
    );
    let mut none = record();
    for row in &mut none.scores {
        row.n_permutations = None;
    }
    assert_eq!(permutations(&none), None);
}

#[test]
fn the_binomial_p_is_too_small_over_all_decisions_and_too_large_in_the_majority() {
    const SMALL: &str = "p can be much too small";
    const LARGE: &str = "p is rather too large";
    const ONCE: &str = "Where an image counts once";
    let all = binomial(&record()).unwrap();
    assert!(
        all.contains(SMALL) && all.contains(LARGE) && all.contains(ONCE),
        "{all}"
    );
    let overall = binomial(&without(&[
        Statistic::ObserverMajority,
        Statistic::TopOne,
        Statistic::ClassAccuracy,
    ]));
    let overall = overall.unwrap();
    assert!(overall.contains(SMALL) && !overall.contains(LARGE) && !overall.contains(ONCE));
    let majority = binomial(&without(&[
        Statistic::ObserverOverall,
        Statistic::TopOne,
        Statistic::ClassAccuracy,
    ]));
    let majority = majority.unwrap();
    assert!(
        majority.contains(LARGE) && !majority.contains(SMALL),
        "{majority}"
    );
    let mut none = record();
    for row in &mut none.scores {
        row.p_binomial = None;
    }
    assert_eq!(binomial(&none), None);
}

#[test]
fn intervals_are_those_that_were_made() {
    let words = intervals(&record()).unwrap();
    assert!(
        words.contains("bootstrap") && words.contains("Wilson"),
        "{words}"
    );
    let mut none = record();
    for row in &mut none.scores {
        (row.wilson, row.clopper_pearson) = (None, None);
    }
    let words = intervals(&none).unwrap();
    assert!(
        words.contains("bootstrap") && !words.contains("Wilson"),
        "{words}"
    );
    for row in &mut none.scores {
        row.image_interval = None;
    }
    assert_eq!(intervals(&none), None);
}

#[test]
fn the_search_is_described_where_there_was_one() {
    let words = ceiling(&record()).unwrap();
    assert!(
        words.contains("less than 0.1 % in 50 steps, or after 240 steps"),
        "{words}"
    );
    assert!(
        words.contains("no other figure is bounded by it"),
        "{words}"
    );
    let mut none = record();
    none.searches.clear();
    assert_eq!(ceiling(&none), None);
    assert_eq!(statistics(&none).len() + 1, statistics(&record()).len());
}

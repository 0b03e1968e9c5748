//! Every arm of every sentence about views.

use crate::example::example;
use crate::pdf::views;
use lab_score::record::{CentreLessEdge, Condition, Direction, Record, Statistic};

fn record() -> Record {
    example().0
}

/// Sets the share of pairs by pixels of one condition, with its interval.
pub(super) fn set(
    record: &mut Record,
    condition: &Condition,
    value: f64,
    interval: Option<(f64, f64)>,
) {
    for row in &mut record.scores {
        let is_asked = row.condition == *condition
            && row.observer == "pixel"
            && row.statistic == Statistic::PairwiseIdentification
            && row.direction == Direction::OriginalToReconstructions;
        if is_asked {
            (row.value, row.image_interval) = (value, interval);
        }
    }
}

#[test]
fn training_images_are_counted_for_each_dimension() {
    let mut record = record();
    let said = views::samples(&record).unwrap();
    assert!(
        said.contains("16 latent dimensions from 144 training images"),
        "{said}"
    );
    assert!(said.contains("288 rows of responses"), "{said}");
    assert!(said.contains("9.0 images a dimension"), "{said}");
    record.information.as_mut().unwrap().n_train_rows = 144;
    assert!(views::samples(&record).unwrap().contains("(one row each)"));
    record.information = None;
    assert_eq!(views::samples(&record), None);
}

#[test]
fn variety_is_a_share_of_that_of_the_originals() {
    let mut record = record();
    let said = views::variety(&record).unwrap();
    assert!(
        said.contains("10.5 directions, the originals in 17.2"),
        "{said}"
    );
    assert!(said.contains("61 % as many, which says nothing"), "{said}");
    record.ranks[0].effective_rank = 0.0;
    assert!(
        views::variety(&record)
            .unwrap()
            .contains("the originals do not differ")
    );
    record.ranks.clear();
    assert_eq!(views::variety(&record), None);
}

#[test]
fn the_centre_is_better_or_worse_than_the_edge_or_neither_is_known() {
    let mut record = record();
    let said = views::centre(&record).unwrap();
    assert!(
        said.contains("by 0.620 (0.550–0.690) at the centre"),
        "{said}"
    );
    assert!(
        said.contains("the centre is reconstructed better"),
        "{said}"
    );
    assert!(
        said.ends_with("(centre less edge, over the same images: +0.160 to +0.330)."),
        "{said}"
    );
    let mut said_of = |interval| {
        record.centre_less_edge = Some(CentreLessEdge {
            value: 0.1,
            interval,
        });
        views::centre(&record).unwrap()
    };
    let said = said_of(Some((-0.01, 0.2)));
    assert!(
        said.contains(
            "they are not told apart (centre less edge, over the same images: −0.010 to +0.200)"
        ),
        "{said}"
    );
    let said = said_of(Some((-0.2, -0.1)));
    assert!(said.contains("the edge is reconstructed better"), "{said}");
    let said = said_of(None);
    assert!(
        said.ends_with(
            "no interval of their difference was drawn, so that they are not told apart."
        ),
        "{said}"
    );
    record.rings.truncate(1);
    assert_eq!(views::centre(&record), None);
}

#[test]
fn prevalence_counts_subjects_and_says_when_they_are_few() {
    let mut record = record();
    let said = views::prevalence(&record).unwrap();
    assert!(
        said.contains("nothing follows for people") && said.contains("speak of no single subject"),
        "{said}"
    );
    record.data.simulated = None;
    let said = views::prevalence(&record).unwrap();
    assert!(!said.contains("simulated"), "{said}");
    assert!(
        said.contains("the reconstructions of 2 of 3 subjects"),
        "{said}"
    );
    assert!(said.contains("at least 21 % of people"), "{said}");
    assert!(
        said.contains("So few subjects leave it wide open"),
        "{said}"
    );
    assert!(said.contains("pseudo-subject"), "{said}");
    let found = record.prevalence.as_mut().unwrap();
    (found.n_subjects, found.n_significant) = (12, 12);
    let said = views::prevalence(&record).unwrap();
    assert!(
        said.contains("each of 12 subjects") && !said.contains("So few"),
        "{said}"
    );
    record.prevalence.as_mut().unwrap().n_significant = 0;
    assert!(
        views::prevalence(&record)
            .unwrap()
            .contains("none of 12 subjects")
    );
    record.prevalence = None;
    assert_eq!(views::prevalence(&record), None);
}

#[test]
fn methods_speak_of_the_views_that_are_there() {
    let mut record = record();
    assert_eq!(views::statistics(&record).len(), 4);
    record.information = None;
    record.ranks.clear();
    record.patterns.clear();
    record.prevalence = None;
    assert!(views::statistics(&record).is_empty());
}

#[test]
fn shares_of_voxels_stand_beside_what_chance_would_give() {
    let mut record = record();
    let said = views::patterns_caption(&record);
    assert!(
        said.contains("By chance alone, 5.6 % of any voxel's variance"),
        "{said}"
    );
    assert!(said.contains("with 16 dimensions over 288 rows"), "{said}");
    record.information.as_mut().unwrap().n_train_rows = 16;
    assert!(views::patterns_caption(&record).contains("no more rows than dimensions"));
    record.information = None;
    assert!(views::patterns_caption(&record).contains("A part of it is chance"));
}

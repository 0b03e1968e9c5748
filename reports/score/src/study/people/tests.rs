//! The rule on studies whose truth is known.

use super::evaluate::{area, evaluate, seeds};
use super::rows::Evaluation;
use super::simulate::Crowd;

fn print(name: &str, of: &Evaluation) {
    println!(
        "{name}: {} simulated studies of {} people, {} decisions each; people named {} of {} = {:.3} [{:.3}, {:.3}]; area {:.4}",
        of.n_studies, of.n_people, of.n_trials, of.n_people_named, of.n_people_drawn, of.named(), of.interval.0, of.interval.1, of.area
    );
    for row in &of.kinds {
        println!(
            "  {:30} {:4} of {:4} = {:.3} [{:.3}, {:.3}]  area {:.4}",
            row.kind.label(), row.n_found, row.n, row.share(), row.interval.0, row.interval.1, row.area
        );
    }
}

#[test]
fn other_seeds_than_those_of_training_are_told() {
    let start = std::time::Instant::now();
    let found = evaluate(&Crowd::default(), &seeds(1));
    print("60 decisions", &found);
    println!("{:?}", start.elapsed());
    assert!((area(&[1.0, 2.0], &[1.0, 0.0]) - 0.875).abs() < 1e-12);
}

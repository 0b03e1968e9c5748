//! The rule on studies whose truth is known.

use super::evaluate::{area, evaluate, seeds, threshold};
use super::rows::Evaluation;
use super::simulate::Crowd;

fn run(crowd: &Crowd, n: usize) -> Evaluation { evaluate(crowd, &seeds(n), threshold(crowd)) }

fn print(name: &str, of: &Evaluation) {
    println!(
        "{name}: {} simulated studies of {} people, {} decisions each; people named {} of {} = {:.3} [{:.3}, {:.3}]; area {:.4}; threshold {:.2}; guessers {} of {}",
        of.n_studies, of.n_people, of.n_trials, of.n_people_named, of.n_people_drawn, of.named(), of.interval.0, of.interval.1, of.area, of.threshold, of.n_guessers_named, of.n_guessers
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
    assert!((area(&[1.0, 2.0], &[1.0, 0.0]) - 0.875).abs() < 1e-12);
    let all = Crowd::default();
    print("60 decisions", &run(&all, 1));
    if std::env::var_os("LAB_SLOW").is_none() { return; }
    print("60 decisions", &run(&all, 5));
    print("25 decisions", &run(&Crowd { n_trials: 25, n_images: 50, ..all }, 5));
    print("100 decisions", &run(&Crowd { n_trials: 100, n_images: 200, ..all }, 5));
    print("no times", &run(&Crowd { has_times: false, ..all }, 5));
    print("no observers", &run(&Crowd { has_observers: false, ..all }, 5));
    print("correlation 0.6", &run(&Crowd { correlation: 0.6, ..all }, 5));
    print("correlation 0", &run(&Crowd { correlation: 0.0, ..all }, 5));
    print("class of 20", &run(&Crowd { n_people: 20, n_of_each: 1, ..all }, 50));
    print("class of 20, 25", &run(&Crowd { n_people: 20, n_of_each: 1, n_trials: 25, n_images: 50, ..all }, 50));
    print("500, few agents", &run(&Crowd { n_of_each: 8, ..all }, 7));
}

//! End-to-end tests over the built command, and the tests that hold the project's rules.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod ablation;
mod arrays;
mod bad_input;
mod barrier;
mod brains;
mod check;
mod command;
mod compare;
mod compare_runs;
mod data;
mod defects;
mod device;
mod diverged;
mod doctor;
mod endless;
mod evaluate;
mod finished;
mod full;
mod keys;
mod lab_test;
mod leaks;
#[cfg(target_os = "linux")]
mod library;
mod null;
mod objective;
mod out_of_tree;
mod paper;
mod parameters;
mod photos;
mod places;
mod plan;
mod plugins_check;
mod plugins_examples;
mod plugins_new;
mod plugins_templates;
mod report;
mod run;
mod runs;
#[cfg(target_os = "linux")]
mod slurm;
mod splits;
mod study;
mod survive;
#[cfg(unix)]
mod sweep;
mod take_out;
mod terminal;
mod tidy;
mod toy;
mod tune;
mod unchanged;
mod verify;
mod weights;

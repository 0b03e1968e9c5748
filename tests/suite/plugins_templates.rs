//! The templates of `lab plugins new`, compiled with these tests: their own contract tests run among ours.

#![expect(unreachable_pub, reason = "each file is a crate of its own elsewhere")]

#[path = "../../core/library/templates/aligner.rs"]
mod aligner;
#[path = "../../core/library/templates/dataset.rs"]
mod dataset;
#[path = "../../core/library/templates/decoder.rs"]
mod decoder;
#[path = "../../core/library/templates/feature_net.rs"]
mod feature_net;
#[path = "../../core/library/templates/generator.rs"]
mod generator;
#[path = "../../core/library/templates/loss.rs"]
mod loss;

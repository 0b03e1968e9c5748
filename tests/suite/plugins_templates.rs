//! The templates of `lab plugins new`, compiled with these tests: their own contract tests run among ours.

#![expect(unreachable_pub, reason = "each file is a crate of its own elsewhere")]

#[path = "../../experiments/src/commands/plugins/new/templates/aligner.rs"]
mod aligner;
#[path = "../../experiments/src/commands/plugins/new/templates/dataset.rs"]
mod dataset;
#[path = "../../experiments/src/commands/plugins/new/templates/decoder.rs"]
mod decoder;
#[path = "../../experiments/src/commands/plugins/new/templates/feature_net.rs"]
mod feature_net;
#[path = "../../experiments/src/commands/plugins/new/templates/generator.rs"]
mod generator;
#[path = "../../experiments/src/commands/plugins/new/templates/loss.rs"]
mod loss;

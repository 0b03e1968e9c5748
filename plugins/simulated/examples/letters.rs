//! Draws a letter, and simulates a subject who looks at twelve of them.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::prelude::*;
use lab_core::traits::Dataset;
use lab_simulated as _;

const TEXT: &str = "simulated(stimuli: letters(n_train: 12, n_test: 6, size: 24), voxels: [50], frequencies: [1.0, 2.0])";

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let recording = PluginRef::<dyn Dataset>::of(TEXT).build(&ctx)?.load(&ctx)?;
    recording.check()?;

    let pixels = recording.stimuli.images.read(&[0])?;
    for row in pixels.chunks(recording.stimuli.shape().width) {
        let ink = |&pixel: &f32| if pixel > 0.0 { '#' } else { '.' };
        println!("{}", row.iter().map(ink).collect::<String>());
    }
    println!(
        "{} images of {}",
        recording.stimuli.n_images(),
        recording.stimuli.shape()
    );
    for subject in &recording.subjects {
        let (n_trials, n_voxels) = (subject.n_trials(), subject.n_voxels());
        println!(
            "subject {}: {n_trials} trials, {n_voxels} voxels",
            subject.id
        );
    }
    println!("{}", recording.simulated.unwrap_or_default());
    Ok(())
}

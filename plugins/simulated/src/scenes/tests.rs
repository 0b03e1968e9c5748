//! The contract of scenes.

use lab_core::Result;
use lab_core::context::Context;
use lab_core::testing::check_dataset;

use super::{Scenes, ScenesParams};

#[test]
fn scenes_keep_the_contract_and_differ_by_class() -> Result<()> {
    let ctx = Context::new(1);
    let params = ScenesParams {
        n_train: 120,
        n_test: 12,
        size: 32,
        series: "a".into(),
    };
    let recording = check_dataset(&ctx, &Scenes::build(params, &ctx)?)?.unwrap();
    // Rough textures differ more from pixel to pixel than smooth ones.
    let roughness = |class: usize| -> Result<f64> {
        let idx: Vec<usize> = (0..120).filter(|idx| idx % 6 == class).collect();
        let images = recording.stimuli.images.read(&idx)?;
        Ok(images
            .windows(2)
            .map(|pair| f64::from((pair[0] - pair[1]).abs()))
            .sum::<f64>()
            / images.len() as f64)
    };
    for layout in 0..3 {
        assert!(
            roughness(2 * layout + 1)? > 1.3 * roughness(2 * layout)?,
            "layout {layout}"
        );
    }
    Ok(())
}

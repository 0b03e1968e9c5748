//! Tables of a record as Parquet and CSV.
//!
//! Every table is always written, with the same columns, even if it has no rows.
//! A value that is unknown or does not apply is null (an empty field in CSV).
//! Shares, accuracies and p-values are in `[0, 1]`; counts are whole numbers; indices start at 0.
//!
//! | table | one row is | columns |
//! |---|---|---|
//! | `scores` | a score | `condition`, `statistic`, `observer`, `in_loss`, `direction`, `pool`, `tie_rule`, `value`, `chance`, `n_images`, `n_decisions`, `n_correct`, `image_interval_low`, `image_interval_high`, `image_interval_method`, `wilson_low`, `wilson_high`, `clopper_pearson_low`, `clopper_pearson_high`, `p_binomial`, `p_permutation`, `p_permutation_ties_whole`, `n_permutations` |
//! | `decisions` | a test image, by observer and condition | `condition`, `observer`, `test_image`, `image`, `class`, `n_decisions`, `n_correct`, `identification` |
//! | `confusions` | a pair of classes, by condition | `condition`, `classifier`, `true_class`, `named_class`, `n_images` |
//! | `differences` | a score of the decoder against a baseline | `baseline`, `best_of`, `statistic`, `observer`, `in_loss`, `direction`, `decoder`, `difference`, `n_images`, `interval_low`, `interval_high`, `interval_method`, `p_sign_flip`, `p_sign_flip_ties_whole`, `n_sign_flips` |
//! | `headline_tests` | a test that the findings speak of | `figure`, `alternative`, `p`, `p_holm` |
//! | `guards` | a defect that was looked for | `defect`, `verdict` (`found`, `not found`, `not judged`), `evidence` |
//! | `distances` | a test image beside the training images | `test_image`, `image`, `nearest`, `nearest_image`, `distance`, `identification`, `similarity` |
//! | `distance_trends` | a score against this distance | `score`, `n_images`, `rho`, `interval_low`, `interval_high`, `confidence`, `n_bootstrap`, `p_permutation`, `n_permutations` |
//! | `shares` | a layer of a feature term | `term`, `layer`, `share` |
//! | `terms` | a loss term, by condition and set | `condition`, `set`, `term`, `weight`, `value` |
//! | `members` | a member of the ensemble | `member`, `cosine_to_combined`, `pixel_correlation`, `pixel_identification` |
//! | `alignment` | a quality or fact | `aligner`, `quality`, `of`, `value`, `unit`, `held_out` |
//! | `curves` | a point of a curve | `stage`, `curve`, `x_label`, `x`, `value` |
//! | `criteria` | a condition of the experiment | `criterion`, `value`, `holds` |
//! | `subjects` | a subject | `subject`, `n_voxels`, `n_trials`, `noise_ceiling_correlation`, `rois` |
//! | `searches` | a search for the test images | `condition`, `n_images`, `n_starts`, `starts` (random, offered, encoder), `n_offered`, `n_steps`, `maximum`, `tolerance`, `window`, `n_stalled`, `fall`, `loss` |
//! | `noise_ceilings` | a subject, by source (`known`, `repeats`, `split_half`) | `subject`, `source`, `n_voxels`, `quantile_10`, `quantile_25`, `quantile_50`, `quantile_75`, `quantile_90`, `interval_low`, `interval_high`, `responsive_by` (`training_rows`, `other_half`), `n_responsive`, `responsive_median`, `responsive_interval_low`, `responsive_interval_high` |
//! | `tuned` | a combination of settings that was tried on the training images | `settings`, `score`, `mean`, `standard_error` (over parts), `n_folds`, `is_chosen` |
//! | `noiseless` | a subject behind the decoder's ceiling | `subject`, `source` (`known`, `encoding_model`), `n_voxels`, `of_voxels`, `left_out`, `test` |
//! | `test_images` | a test image | `test_image`, `image`, `class`, `id` |
//! | `ranks` | a condition | `condition`, `effective_rank`, `most` |
//! | `patterns` | a region of a subject | `subject`, `region`, `n_voxels`, `median`, `ninth_decile`, `part` |
//! | `region_differences` | a pair of regions of interest, in pairs told apart by pixels | `region`, `other`, `difference`, `n_images`, `interval_low`, `interval_high`, `interval_method`, `p_sign_flip`, `p_sign_flip_ties_whole`, `p_holm`, `n_sign_flips` |
//! | `part_differences` | a part of the decoder against the whole, in pairs told apart by pixels | `part`, `difference`, `n_images`, `interval_low`, `interval_high`, `interval_method`, `p_sign_flip`, `p_sign_flip_ties_whole`, `n_sign_flips` |
//! | `rings` | a ring around the centre of the image | `from`, `to`, `n_pixels`, `correlation`, `interval_low`, `interval_high` |
//! | `spread` | a test image | `test_image`, `spread` |
//!
//! `condition` is [`lab_score::record::Condition::name`]; `statistic` and `direction` are the names of their variants in
//! `snake_case`; `value` has the unit of its statistic: a share, a correlation for `similarity` by pixels, an index for
//! `similarity` by SSIM, LPIPS for `distance`, of which lower is better. Loss terms and curves have no unit; `alignment` names its unit in `unit`.
//! `named_class` is `(none of these)` for images that the classifier put into no class of the data.
//! Methods of intervals are `image_bootstrap`, `wilson`, `clopper_pearson` and `student`, or empty without an interval.
//! `n_correct` is exact: ties count one half. `difference` is the mean over images of the decoder's score minus the
//! baseline's, `best_of` the number of subjects of which the best was taken. `figure` is a name of `summary.json`.
//! p-values by permutation and by signs place the observed score among its equals by lot; `…_ties_whole` counts all of these
//! against it. Intervals of noise ceilings are the middle voxel's: medians of the voxels' lower and upper limits of 95 %.
//! `left_out` and `test` are medians over voxels of correlations with measured responses: of training images that the encoding
//! model's fit left out, and of test images. `best_of` counts the cues where a cue is the baseline.
//! `image` is an image's name in the dataset, empty where images have none; `id` counts all images of the dataset.
//! `most` is the largest rank that so many images can have. `median` and `ninth_decile` are shares of a voxel's variance that go
//! along with the predictions on training rows, `part` the region's part of their sum. `from` and `to` count half widths of the
//! image. `spread` is the mean standard deviation of a pixel over members, for pixels in `[−1, 1]`.
//! `nearest` counts as `id` does, `distance` is 1 − correlation of pictures averaged to 32 × 32, from 0 to 2.
//! `rois` lists a subject's voxels by region as `V1=400; V2=380`.

mod any;
mod columns;
mod differences;
mod distances;
mod effects;
mod files;
mod frames;
pub(crate) mod names;
mod observers;
mod people;
mod runs;
mod series;
mod study;
mod threads;
mod views;

use std::path::{Path, PathBuf};

use crate::Result;
pub use any::{Column, write_columns};
pub use columns::{Columns, columns};
pub use effects::write_effects;
use lab_score::record::Record;
pub use runs::write_runs;
pub use study::write_study;

/// Writes each table of the record to `folder`, as `NAME.parquet` and `NAME.csv`, and returns the files written.
///
/// # Errors
/// - [`crate::Error::Io`] if a file cannot be created.
/// - [`crate::Error::Table`] if Polars cannot make or write a table.
///
/// # Determinism
/// Rows stand in the record's order; the same record gives the same bytes.
pub fn write(record: &Record, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (name, mut frame) in frames::all(record)? {
        written.extend(files::write(name, &mut frame, folder)?);
    }
    Ok(written)
}

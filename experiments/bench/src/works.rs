//! All pieces of work.

use super::work::Work;
use super::{alignment, gemm, layers, loading, networks};

/// All of them, in the order of the table.
pub(super) fn all(quick: bool) -> Vec<Work> {
    let mut all = vec![gemm::work()];
    all.extend(networks::works());
    all.extend(layers::works());
    all.extend(alignment::works(quick));
    all.extend(loading::works(quick));
    all
}

//! All pieces of work.

use super::work::Work;
use super::{alignment, gemm, layers, loading, networks};

/// All of them, in the order of the table; what no card does only without one.
pub(super) fn all(quick: bool, on_card: bool) -> Vec<Work> {
    let mut all = vec![gemm::work()];
    all.extend(networks::works());
    all.extend(layers::works());
    if on_card {
        return all;
    }
    all.extend(alignment::works(quick));
    all.extend(loading::works(quick));
    all
}

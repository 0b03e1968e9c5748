//! Beside: everything that is fitted or searched for beside the result.

use super::align::Aligned;
use super::basis::Basis;
use super::conditions;
use super::decode::Decoded;
use super::images::Images;
use super::overfit::{Overfit, overfit};
use super::views::Views;
use crate::Result;

/// What was made beside the result.
pub(crate) struct Beside {
    /// What is looked at beside the images of conditions.
    pub(crate) views: Views,
    /// Every condition that the experiment asks for, the result first.
    pub(crate) conditions: Vec<Images>,
    /// The overfit check, if the experiment asks for it.
    pub(crate) overfit: Option<Overfit>,
}

/// What is looked at and the ceilings beside the baselines: neither needs what the other makes.
pub(crate) fn beside(basis: Basis<'_>, aligned: &Aligned, decoded: &Decoded) -> Result<Beside> {
    let ((views, ceilings, regions, overfit), baselines) = basis.session.both(
        || {
            Ok::<_, crate::Error>((
                Views::of(basis, aligned, decoded)?,
                conditions::ceilings(basis, decoded)?,
                conditions::regions(basis)?,
                overfit(basis, aligned)?,
            ))
        },
        || Ok(conditions::baselines(basis, aligned, decoded)?),
    )?;
    Ok(Beside {
        conditions: conditions::in_order(basis, decoded, &views, ceilings, baselines, regions)?,
        views,
        overfit,
    })
}

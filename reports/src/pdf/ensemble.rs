//! The ensemble of decoders in sentences, from the resolved experiment.

/// How many decoders there are and how their predictions become one; empty if the experiment does not say.
pub(super) fn ensemble(resolved: &str) -> String {
    let Some((members, per_pass, combine)) = read(resolved) else {
        return String::new();
    };
    if members == 1 {
        return "One decoder was trained; nothing is combined.".into();
    }
    let passes = if per_pass >= members {
        "all in one pass through the generator".to_owned()
    } else {
        format!("{per_pass} in a pass through the generator")
    };
    let combine = combine.to_lowercase();
    format!(
        "{members} decoders were trained on the same rows, {passes}; they differ in their random start and in the order of \
         images. Their predictions are combined element by element by the {combine}, and the result is brought back to where \
         the generator takes latents from."
    )
}

/// Members, members a pass, and the rule, from the line that every resolved experiment has.
fn read(resolved: &str) -> Option<(usize, usize, &str)> {
    let mut lines = resolved.lines().map(str::trim);
    let line = lines.find_map(|line| line.strip_prefix("ensemble: ("))?;
    let value = |name: &str| {
        let (_, rest) = line.split_once(name)?;
        rest.split([',', ')']).next().map(str::trim)
    };
    let (members, per_pass) = (value("members: ")?, value("per_pass: ")?);
    Some((
        members.parse().ok()?,
        per_pass.parse().ok()?,
        value("combine: ")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::ensemble;

    #[test]
    fn each_kind_of_ensemble_has_its_sentence() {
        let said = |members: usize, per_pass: usize, combine: &str| {
            ensemble(&format!(
                "(\n    description: \"ensemble: (\",\n    ensemble: (members: {members}, per_pass: {per_pass}, combine: {combine}),\n)"
            ))
        };
        assert_eq!(
            said(1, 15, "Mean"),
            "One decoder was trained; nothing is combined."
        );
        let all = said(5, 5, "Mean");
        assert!(
            all.starts_with("5 decoders were trained on the same rows, all in one pass"),
            "{all}"
        );
        assert!(all.contains("element by element by the mean,"), "{all}");
        let passes = said(30, 15, "Median");
        assert!(
            passes.contains("15 in a pass") && passes.contains("by the median,"),
            "{passes}"
        );
        assert_eq!(ensemble("(seed: 1)"), "");
    }
}

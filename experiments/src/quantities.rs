//! Times and sizes as people say them.

/// Seconds, rounded up to whole ones of a unit.
pub(crate) fn duration(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (86_400.0, "days"),
        (3600.0, "hours"),
        (60.0, "min"),
        (0.0, "s"),
    ];
    let (unit, name) = UNITS
        .into_iter()
        .find(|(unit, _)| seconds >= 2.0 * unit)
        .unwrap_or((0.0, "s"));
    format!("{:.0} {name}", (seconds / unit.max(1.0)).ceil())
}

/// Bytes, in the unit that keeps them short.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = n as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// Seconds since 1970 as date and time in UTC.
pub(crate) fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days count from 1 March of the year 0, in eras of 400 years (H. Hinnant, "chrono-compatible low-level date
    // algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (rest / 3600, rest / 60 % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::{bytes, date, duration};

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(duration(0.2), "1 s");
        assert_eq!(duration(119.0), "119 s");
        assert_eq!(duration(121.0), "3 min");
        assert_eq!(duration(3.0 * 86_400.0), "3 days");
        assert_eq!(bytes(80), "0.1 kB");
        assert_eq!(bytes(3_140_000), "3.1 MB");
        assert_eq!(bytes(999_900), "1.0 MB");
        assert_eq!(bytes(52_000_000_000), "52 GB");
    }

    /// As `date -u -d @SECONDS` says them.
    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_700_000_000), "2023-11-14 22:13 UTC");
        assert_eq!(date(4_107_542_399), "2100-02-28 23:59 UTC");
        assert_eq!(date(4_107_542_400), "2100-03-01 00:00 UTC");
    }
}

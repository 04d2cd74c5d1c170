//! Which jobs `GET /jobs` lists, by Kylin's numbers.

use chrono::{DateTime, Days, Months, NaiveTime, Utc};
use cube::catalog::JobFilter;
use cube::job::JobState;

use crate::http::{ApiError, Parameters};
use crate::wire::is_our_project;

/// Jobs on a page where the caller does not say.
const PAGE: usize = 15;

#[derive(Debug)]
pub(super) struct Filter {
    pub(super) jobs: JobFilter,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// `None` if no job can match. `now` in milliseconds UTC.
pub(super) fn parse(parameters: &Parameters, now: i64) -> Result<Option<Filter>, ApiError> {
    let builds = ["ALL", "CUBING_ONLY"];
    let mode = parameters.text("jobSearchMode").unwrap_or("ALL");
    if !is_our_project(parameters.text("projectName")) || !builds.contains(&mode) {
        return Ok(None);
    }
    let states = parameters.all("status").map(state).collect::<Result<_, _>>()?;
    let jobs = JobFilter {
        cube: parameters.text("cubeName").map(str::to_owned),
        states,
        since: since(parameters.text("timeFilter").unwrap_or("2"), now)?,
        submitter: parameters.text("submitter").map(str::to_owned),
        text: parameters.text("text").map(str::to_owned),
    };
    let offset = parameters.number("offset")?.unwrap_or(0);
    Ok(Some(Filter { jobs, offset, limit: parameters.number("limit")?.unwrap_or(PAGE) }))
}

fn state(text: &str) -> Result<JobState, ApiError> {
    JobState::ALL.into_iter().find(|state| state.code().to_string() == text).ok_or_else(|| {
        let known: Vec<String> =
            JobState::ALL.iter().map(|state| format!("{} {state}", state.code())).collect();
        ApiError::invalid(format!("status={text} is not known; use {}", known.join(", ")))
    })
}

/// Created at or after this; `None` for all.
fn since(text: &str, now: i64) -> Result<Option<i64>, ApiError> {
    let now = DateTime::<Utc>::from_timestamp_millis(now).unwrap_or_default();
    let start = match text {
        "0" => Some(now.date_naive().and_time(NaiveTime::MIN).and_utc()),
        "1" => now.checked_sub_days(Days::new(1)),
        "2" => now.checked_sub_days(Days::new(7)),
        "3" => now.checked_sub_months(Months::new(1)),
        "4" => now.checked_sub_months(Months::new(12)),
        "5" => None,
        _ => {
            return Err(ApiError::invalid(format!(
                "timeFilter={text} is not known; use 0 today, 1 last day, 2 last week, 3 last month, 4 last year, 5 all"
            )));
        }
    };
    Ok(start.map(|start| start.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2016-11-29 06:55:41 UTC.
    const NOW: i64 = 1_480_402_541_000;
    const DAY: i64 = 86_400_000;

    fn parsed(pairs: &[(&str, &str)]) -> Filter {
        parse(&Parameters::from(pairs), NOW).unwrap().unwrap()
    }

    #[test]
    fn without_filters_it_is_the_first_page_of_the_last_week() {
        let filter = parsed(&[("cubeName", ""), ("projectName", "")]);
        assert!(filter.jobs.cube.is_none() && filter.jobs.states.is_empty());
        assert_eq!((filter.jobs.since, filter.offset, filter.limit), (Some(NOW - 7 * DAY), 0, 15));
    }

    #[test]
    fn status_may_be_repeated_and_times_are_kylins_numbers() {
        let filter =
            parsed(&[("status", "0"), ("status", "2"), ("timeFilter", "5"), ("limit", "3"), ("offset", "6")]);
        assert_eq!(filter.jobs.states, [JobState::New, JobState::Running]);
        assert_eq!((filter.jobs.since, filter.offset, filter.limit), (None, 6, 3));
        let starts = ["0", "1", "3", "4"].map(|filter| parsed(&[("timeFilter", filter)]).jobs.since.unwrap());
        assert_eq!(starts, [NOW - NOW % DAY, NOW - DAY, NOW - 31 * DAY, NOW - 366 * DAY]);
    }

    #[test]
    fn another_project_and_other_kinds_of_jobs_are_none() {
        for pair in [("projectName", "other"), ("jobSearchMode", "SNAPSHOT_ONLY")] {
            assert!(parse(&Parameters::from(&[pair][..]), NOW).unwrap().is_none());
        }
        parsed(&[("projectName", "DEFAULT"), ("jobSearchMode", "CUBING_ONLY")]);
    }

    #[test]
    fn unknown_numbers_are_refused() {
        for pair in
            [("status", "3"), ("status", "RUNNING"), ("timeFilter", "6"), ("limit", "-1"), ("offset", "x")]
        {
            assert!(parse(&Parameters::from(&[pair][..]), NOW).is_err(), "{pair:?}");
        }
    }
}

//! Jobs: their states, their steps, and how they are listed.

use super::*;
use crate::id::JobId;

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_records_how_it_is_going() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    let mut steps = attempt.steps.clone();
    steps[0] = Step {
        kind: StepKind::Read,
        state: JobState::Running,
        started_at: Some(now()),
        ended_at: None,
        done: 4,
        total: 10,
        log: vec!["partition 0: \"4\" of 10 – ok\n".into()],
    };
    fixture.catalog.record_attempt(job.id, attempt.attempt, &steps, None).await.unwrap();
    let seen = fixture.catalog.job(job.id).await.unwrap();
    assert_eq!((seen.state, &seen.steps), (JobState::Running, &steps));
    assert!(seen.updated_at >= attempt.updated_at);

    fixture.catalog.record_attempt(job.id, attempt.attempt, &steps, Some("no")).await.unwrap();
    let again = fixture.catalog.record_attempt(job.id, attempt.attempt, &steps, None).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict, "a failed attempt is over");

    fixture.catalog.set_job_state(job.id, JobState::Pending).await.unwrap();
    let second = fixture.catalog.begin_attempt(job.id).await.unwrap();
    assert!(second.steps.iter().all(|step| *step == Step::new(step.kind)), "a new attempt begins anew");
    assert_eq!(second.ended_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_pending_job_is_started_and_the_error_says_so() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    fixture.catalog.begin_attempt(job.id).await.unwrap();
    let error = fixture.catalog.begin_attempt(job.id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("RUNNING") && error.to_string().contains("PENDING"), "{error}");
    fixture.catalog.set_job_state(job.id, JobState::Stopped).await.unwrap();
    assert_eq!(fixture.catalog.begin_attempt(job.id).await.unwrap_err().kind(), ErrorKind::Conflict);
    let unknown = JobId::fresh();
    for error in [
        fixture.catalog.job(unknown).await.unwrap_err(),
        fixture.catalog.begin_attempt(unknown).await.unwrap_err(),
        fixture.catalog.discard(unknown, "").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(&unknown.to_string()), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_reached_only_from_where_it_may_be() {
    use JobState::*;
    let fixture = Fixture::flights().await;
    for (number, path) in [vec![], vec![Stopped], vec![Stopped, Pending]].into_iter().enumerate() {
        let text = format!("{number}:0..10");
        let job = fixture.reserve(&text).await.unwrap();
        let mut state = Pending;
        for next in path {
            state = fixture.catalog.set_job_state(job.id, next).await.unwrap().state;
        }
        let refused: &[JobState] =
            if state == Stopped { &[Running, Error, New] } else { &[New, Pending, Error] };
        for &to in refused {
            let error = fixture.catalog.set_job_state(job.id, to).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{state} to {to}");
        }
        assert_eq!(fixture.catalog.job(job.id).await.unwrap().state, state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_newest_first_by_cube_state_and_time() {
    let fixture = Fixture::flights().await;
    fixture.catalog.create_cubes(&SpecFile::parse(SAMPLE_STREAM).unwrap(), "ada").await.unwrap();
    let finished = fixture.publish("0:0..10").await.job;
    let running = fixture.reserve("0:10..20").await.unwrap().id;
    fixture.catalog.begin_attempt(running).await.unwrap();
    let pending = fixture.reserve("0:20..30").await.unwrap().id;
    let other =
        Reservation { cube: CubeName::new("kylin_streaming_cube").unwrap(), ..reservation("0:0..10") };
    let other = fixture.catalog.reserve(other).await.unwrap();

    let list = async |filter: JobFilter, offset, limit| {
        let jobs = fixture.catalog.jobs(&filter, offset, limit).await.unwrap();
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    let all = JobFilter::default;
    assert_eq!(list(all(), 0, 10).await, [other.id, pending, running, finished]);
    assert_eq!(list(all(), 1, 2).await, [pending, running]);
    assert_eq!(list(all(), 4, 10).await, []);
    let cube = Some("flights_cube".to_owned());
    assert_eq!(list(JobFilter { cube, ..all() }, 0, 10).await, [pending, running, finished]);
    assert_eq!(list(JobFilter { cube: Some("no_cube".into()), ..all() }, 0, 10).await, []);
    let states = vec![JobState::Running, JobState::Finished];
    assert_eq!(list(JobFilter { states, ..all() }, 0, 10).await, [running, finished]);
    assert_eq!(list(JobFilter { states: vec![JobState::Error], ..all() }, 0, 10).await, []);
    assert_eq!(list(JobFilter { since: Some(other.created_at + 1), ..all() }, 0, 10).await, []);
    let unfinished = fixture.catalog.unfinished_jobs().await.unwrap();
    assert_eq!(
        unfinished.iter().map(|job| job.id).collect::<Vec<_>>(),
        [running, pending, other.id],
        "oldest first"
    );
}

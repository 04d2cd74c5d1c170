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
    let effort = Effort { messages: 4, bytes: 44, memory_peak: 1 << 40 };
    fixture.catalog.record_attempt(job.id, attempt.attempt, &steps, effort, None).await.unwrap();
    let seen = fixture.catalog.job(job.id).await.unwrap();
    assert_eq!((seen.state, &seen.steps), (JobState::Running, &steps));
    assert_eq!(seen.effort(), effort);
    assert!(seen.updated_at >= attempt.updated_at);

    fixture
        .catalog
        .record_attempt(job.id, attempt.attempt, &steps, Effort::default(), Some("no"))
        .await
        .unwrap();
    let again = fixture
        .catalog
        .record_attempt(job.id, attempt.attempt, &steps, Effort::default(), None)
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict, "a failed attempt is over");

    fixture.catalog.set_job_state(job.id, JobState::Pending).await.unwrap();
    let second = fixture.catalog.begin_attempt(job.id).await.unwrap();
    assert!(second.steps.iter().all(|step| *step == Step::new(step.kind)), "a new attempt begins anew");
    assert_eq!((second.ended_at, second.effort()), (None, Effort::default()));
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

#[tokio::test(flavor = "multi_thread")]
async fn a_job_keeps_its_offsets_priority_and_effort_when_its_segment_is_gone() {
    let fixture = Fixture::flights().await;
    let text = "0:0..10 1:5..5";
    let reservation = Reservation { priority: -7, ..reservation(text) };
    let job = fixture.catalog.reserve(reservation).await.unwrap();
    let attempt = fixture.catalog.begin_attempt(job.id).await.unwrap();
    fixture.catalog.publish(publication(&attempt, text)).await.unwrap();
    fixture.catalog.delete_segment(&flights(), job.segment, "wrong").await.unwrap();
    let kept = fixture.reopened().await.catalog.job(job.id).await.unwrap();
    assert_eq!((kept.offsets, kept.priority), (offsets(text), -7));
    assert_eq!((kept.messages, kept.bytes, kept.memory_peak), (9, 900, 90));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_was_nothing_new_the_offsets_say_where_each_partition_stood() {
    let fixture = Fixture::flights().await;
    let at = BTreeMap::from([(0, 7), (2, 0)]);
    let job = fixture.catalog.record_nothing_new(&flights(), &at, "bob").await.unwrap();
    let kept = fixture.catalog.job(job.id).await.unwrap();
    assert_eq!((kept.offsets, kept.segment_name.as_str()), (offsets("0:7..7 2:0..0"), "7_7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_priority_is_set_until_a_job_is_at_its_end() {
    let fixture = Fixture::flights().await;
    let job = fixture.reserve("0:0..10").await.unwrap();
    assert_eq!(fixture.catalog.set_job_priority(job.id, 5).await.unwrap().priority, 5);
    fixture.catalog.begin_attempt(job.id).await.unwrap();
    assert_eq!(fixture.catalog.job(job.id).await.unwrap().priority, 5);
    fixture.catalog.discard(job.id, "").await.unwrap();
    let error = fixture.catalog.set_job_priority(job.id, 6).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("DISCARDED"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_job_at_its_end_is_dropped_and_its_segment_stays() {
    let fixture = Fixture::flights().await;
    let finished = fixture.publish("0:0..10").await.job;
    let open = fixture.reserve("0:10..20").await.unwrap().id;
    let error = fixture.catalog.drop_job(open).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    for word in [&open.to_string(), "PENDING", "FINISHED or DISCARDED", "discard it first"] {
        assert!(error.to_string().contains(word), "{word:?} is missing in: {error}");
    }
    fixture.catalog.drop_job(finished).await.unwrap();
    assert_eq!(fixture.catalog.drop_job(finished).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fixture.timeline().await.segments.len(), 2);
    fixture.catalog.discard(open, "").await.unwrap();
    fixture.catalog.drop_job(open).await.unwrap();
    assert_eq!(fixture.catalog.count_jobs(&JobFilter::default()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_found_by_a_part_of_what_names_them_and_counted() {
    let fixture = Fixture::flights().await;
    let finished = fixture.publish("0:0..10").await.job;
    let mallory = Reservation { submitter: "Mallory%".into(), ..reservation("0:10..20") };
    let pending = fixture.catalog.reserve(mallory).await.unwrap().id;
    let found = async |text: &str| {
        let filter = JobFilter { text: Some(text.into()), ..JobFilter::default() };
        let jobs = fixture.catalog.jobs(&filter, 0, 10).await.unwrap();
        assert_eq!(fixture.catalog.count_jobs(&filter).await.unwrap(), jobs.len() as u64);
        jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(found("MALL").await, [pending]);
    assert_eq!(found("y%").await, [pending], "no pattern, but text");
    assert_eq!(found("%").await, [pending]);
    assert_eq!(found("LIGHTS_c").await, [pending, finished]);
    assert_eq!(found("0_10").await, [finished]);
    assert_eq!(found(&finished.to_string()[9..].to_uppercase()).await, [finished]);
    assert_eq!(found("cube 0").await, [], "not across two of them");

    let by = |submitter: &str| JobFilter { submitter: Some(submitter.into()), ..JobFilter::default() };
    assert_eq!(fixture.catalog.count_jobs(&by("bob")).await.unwrap(), 1);
    assert_eq!(fixture.catalog.count_jobs(&by("bo")).await.unwrap(), 0);
    let states = vec![JobState::Error];
    let counts = fixture.catalog.job_counts(&JobFilter { states, ..JobFilter::default() }).await.unwrap();
    let some: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).map(|(s, c)| (*s, *c)).collect();
    assert_eq!((counts.len(), some), (7, vec![(JobState::Pending, 1), (JobState::Finished, 1)]));
    let counts = fixture.catalog.job_counts(&by("Mallory%")).await.unwrap();
    assert_eq!((counts[&JobState::Pending], counts[&JobState::Finished]), (1, 0));
}

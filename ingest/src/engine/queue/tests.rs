use cube::id::{AttemptToken, CubeName, SegmentId};
use cube::job::JobState;
use proptest::prelude::*;

use super::*;

fn job(priority: i32, created_at: i64) -> Job {
    Job {
        id: JobId::fresh(),
        cube: CubeName::new("c").unwrap(),
        segment: SegmentId::fresh(),
        segment_name: String::new(),
        offsets: Default::default(),
        state: JobState::Pending,
        priority,
        submitter: String::new(),
        created_at,
        started_at: None,
        ended_at: None,
        updated_at: created_at,
        attempts: 0,
        attempt: AttemptToken::fresh(),
        error: None,
        nothing_new: false,
        messages: 0,
        bytes: 0,
        memory_peak: 0,
        steps: vec![],
    }
}

#[test]
fn higher_priorities_first_and_the_older_first_among_equals() {
    let mut queue = Queue::new(10);
    let jobs = [job(0, 2), job(5, 3), job(0, 1), job(-1, 0), job(5, 4)];
    jobs.iter().for_each(|job| queue.insert(job));
    let positions = jobs.each_ref().map(|job| queue.position(job.id));
    assert_eq!(positions, [Some(4), Some(1), Some(3), Some(5), Some(2)]);
    let order: Vec<JobId> = std::iter::from_fn(|| queue.start_next()).collect();
    assert_eq!(order, [1, 4, 2, 0, 3].map(|i| jobs[i].id));
    assert_eq!(queue.position(jobs[0].id), None, "it does not wait any more");
}

#[test]
fn a_waiting_job_moves_when_its_priority_changes_and_goes_when_it_is_taken_out() {
    let mut queue = Queue::new(1);
    let [a, b, c] = [job(0, 1), job(0, 2), job(0, 3)];
    for job in [&a, &b, &c] {
        queue.insert(job);
    }
    queue.set_priority(c.id, 1);
    queue.set_priority(JobId::fresh(), 9);
    assert_eq!([&a, &b, &c].map(|job| queue.position(job.id)), [Some(2), Some(3), Some(1)]);
    queue.remove(a.id);
    queue.insert(&c);
    assert_eq!([&a, &b, &c].map(|job| queue.position(job.id)), [None, Some(1), Some(2)], "twice is once");
}

#[test]
fn no_more_jobs_start_than_there_are_workers_and_none_after_the_end() {
    let mut queue = Queue::new(2);
    let jobs = [job(0, 1), job(0, 2), job(0, 3), job(0, 4)];
    jobs.iter().for_each(|job| queue.insert(job));
    assert!(queue.start_next().is_some() && queue.start_next().is_some());
    assert_eq!(queue.start_next(), None);
    queue.finish();
    assert_eq!(queue.start_next(), Some(jobs[2].id));
    queue.close();
    queue.finish();
    assert_eq!(queue.start_next(), None);
    assert_eq!(queue.position(jobs[3].id), Some(1), "it waits for the next server");
}

proptest! {
    #[test]
    fn positions_are_the_order_in_which_jobs_start(
        entries in prop::collection::vec((-3i32..3, 0i64..20), 0..30),
        moves in prop::collection::vec((0usize..30, -3i32..3), 0..10),
    ) {
        let jobs: Vec<Job> = entries.iter().map(|&(priority, at)| job(priority, at)).collect();
        let mut queue = Queue::new(usize::MAX);
        jobs.iter().for_each(|job| queue.insert(job));
        for (i, priority) in moves {
            if let Some(job) = jobs.get(i) {
                queue.set_priority(job.id, priority);
            }
        }
        let mut by_position: Vec<(usize, JobId)> =
            jobs.iter().map(|job| (queue.position(job.id).unwrap(), job.id)).collect();
        by_position.sort_unstable();
        let positions: Vec<usize> = by_position.iter().map(|(position, _)| *position).collect();
        prop_assert_eq!(positions, (1..=jobs.len()).collect::<Vec<_>>());
        let order: Vec<JobId> = std::iter::from_fn(|| queue.start_next()).collect();
        prop_assert_eq!(order, by_position.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    }
}

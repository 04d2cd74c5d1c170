/** The shapes of the HTTP interface. Times are milliseconds since the epoch, 0 is "not yet". */
import type { JobState } from '../lib/route';
import type { WireOffset, WireRanges } from '../lib/offsets';

export type { JobState };

export interface Step {
  readonly id: string;
  readonly name: string;
  readonly sequence_id: number;
  readonly exec_start_time: number;
  readonly exec_end_time: number;
  readonly step_status: JobState;
  readonly info: Readonly<Record<string, string>>;
  readonly done: number;
  readonly total: number;
  readonly unit?: string;
  readonly log_lines?: number;
}

export interface JobPartition {
  readonly partition: number;
  readonly start: WireOffset;
  readonly end: WireOffset;
  readonly position: WireOffset;
}

export interface Job extends WireRanges {
  readonly uuid: string;
  readonly last_modified: number;
  readonly name: string;
  readonly type: string;
  readonly duration: number;
  readonly related_cube: string;
  readonly related_segment: string;
  readonly related_segment_name: string;
  readonly exec_start_time: number;
  readonly exec_end_time: number;
  readonly exec_interrupt_time: number;
  readonly create_time_utc: number;
  readonly steps: readonly Step[];
  readonly submitter: string;
  readonly job_status: JobState;
  readonly build_instance: string;
  readonly progress: number;
  readonly nothing_new: boolean;
  readonly error: string | null;
  readonly attempts: number;
  readonly priority?: number;
  readonly queue_position?: number | null;
  readonly partitions?: readonly JobPartition[];
  readonly messages?: number;
  readonly bytes?: number;
  readonly messages_per_second?: number | null;
  readonly bytes_per_second?: number | null;
  readonly memory_bytes?: number | null;
  readonly offsets_left?: WireOffset;
}

export type JobCounts = Readonly<Record<JobState, number>>;

export interface StepOutput {
  readonly jobId: string;
  readonly stepId: string;
  readonly cmd_output: string;
}

export interface LedgerTerms {
  readonly offsets: number;
  readonly rows: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly absent: number;
  /** Of the absent ones, those that nothing explains. */
  readonly absent_unexplained?: number;
}

export interface Segment extends WireRanges {
  readonly uuid: string | null;
  readonly name: string;
  readonly date_range_start: number;
  readonly date_range_end: number;
  readonly status: string | null;
  readonly size_kb: number;
  readonly input_records: number;
  readonly last_build_time: number;
  readonly last_build_job_id: string | null;
  readonly create_time_utc: number;
  readonly ledger?: (LedgerTerms & { readonly delivered: number }) | null;
  readonly cuboids?: number | null;
  readonly bytes?: number;
  readonly event_time_runs?: readonly (readonly [number, number])[];
}

export interface Hole extends WireRanges {
  readonly name: string;
  readonly reason: string;
  readonly job: string | null;
  readonly since: number | null;
  readonly offsets_count: number;
  readonly event_time_min: number | null;
  readonly event_time_max: number | null;
}

export interface PlannedRange extends WireRanges {
  readonly name: string;
  readonly offsets_count: number;
}

export interface Skipped {
  /** Null where only their number is told. */
  readonly name: string | null;
  readonly reason: string;
}

export interface Cube {
  readonly uuid: string;
  readonly name: string;
  readonly owner: string;
  readonly model: string;
  readonly status: string;
  readonly enabled: boolean;
  readonly segments: readonly Segment[];
  readonly segments_count?: number;
  readonly create_time_utc: number;
  readonly last_modified: number;
  readonly size_kb: number;
  readonly input_records_count: number;
  readonly holes_count: number;
  readonly holes_offsets?: number;
  readonly building_count?: number;
  readonly last_event_time?: number;
  readonly last_build_time?: number;
  readonly lag?: number | null;
  readonly cuboids?: number;
  readonly topic?: string;
  readonly partitions?: number;
  readonly time_column?: string;
  readonly spec?: unknown;
  readonly model_spec?: unknown;
}

export interface Partition {
  readonly partition: number;
  /** Where Kafka's log begins, ends for readers of committed messages, and ends. */
  readonly low: WireOffset | null;
  readonly tip: WireOffset | null;
  readonly high: WireOffset | null;
  /** The cube's first and next offset. */
  readonly start: WireOffset | null;
  readonly end: WireOffset | null;
  readonly lag: number | null;
  readonly as_of: number;
}

export interface LedgerPartition extends LedgerTerms {
  readonly partition: number;
  readonly filtered_reasons: Readonly<Record<string, number>>;
  readonly rejected_reasons: Readonly<Record<string, number>>;
  readonly holes?: number;
  readonly building?: number;
  readonly lag?: number | null;
  readonly check: string;
}

export interface Ledger {
  readonly cube: string;
  readonly totals: LedgerTerms;
  readonly partitions: readonly LedgerPartition[];
  readonly segments: readonly { readonly name: string; readonly uuid: string; readonly totals: LedgerTerms }[];
}

export interface SegmentLedgerPartition extends LedgerTerms {
  readonly partition: number;
  readonly start: WireOffset;
  readonly end: WireOffset;
  readonly filtered_reasons: Readonly<Record<string, number>>;
  readonly rejected_reasons: Readonly<Record<string, number>>;
  readonly rejected_runs: readonly (readonly [WireOffset, WireOffset])[];
  readonly absent_runs: readonly (readonly [WireOffset, WireOffset])[];
  readonly runs_complete: boolean;
  readonly event_time_min: number | null;
  readonly event_time_max: number | null;
}

export interface SegmentLedger {
  readonly segment: string;
  readonly totals: LedgerTerms;
  readonly partitions: readonly SegmentLedgerPartition[];
}

export interface ScheduleWindow {
  readonly from: string;
  readonly to: string;
  readonly days?: readonly string[];
  readonly every?: string;
  readonly cron?: string;
}

/** As it is put. */
export interface ScheduleRule {
  readonly every?: string | null;
  readonly cron?: string | null;
  readonly time_zone?: string | null;
  readonly max_messages_per_segment?: number | null;
  readonly priority?: number | null;
  readonly windows?: readonly ScheduleWindow[];
}

export interface Schedule extends ScheduleRule {
  readonly cube: string;
  readonly paused: boolean;
  readonly next_run: number;
  readonly why: string;
  readonly last_run: number;
  readonly last_outcome: string | null;
  readonly last_job: string | null;
  readonly last_message: string | null;
}

export interface Alert {
  readonly id: string;
  readonly level: 'error' | 'warning';
  readonly cube: string | null;
  readonly kind: string;
  readonly since: number;
  readonly text: string;
  readonly link: string | null;
}

export interface ColumnMeta {
  readonly label: string;
  readonly columnTypeName: string;
  readonly precision: number;
  readonly scale: number;
}

export interface SegmentScan {
  readonly segment: string;
  readonly id: string;
  readonly cuboid: WireOffset;
  readonly dimensions: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly rows_read: number;
  readonly bytes_read: number;
}

export interface HoleTouched {
  readonly name: string;
  readonly cause: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface FactScan {
  readonly table: string;
  readonly cube: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly segments_considered: number;
  readonly segments_scanned: number;
  readonly segments_pruned: number;
  readonly segments_building: number;
  readonly segments: readonly SegmentScan[];
  readonly holes: readonly HoleTouched[];
}

export interface ScanReport {
  readonly scans: readonly FactScan[];
  readonly rows_read: number;
  readonly bytes_read: number;
  readonly stages: { readonly parse_ms: number; readonly plan_ms: number; readonly optimize_ms: number; readonly execute_ms: number };
  readonly complete: boolean;
}

export interface QueryAnswer {
  readonly columnMetas: readonly ColumnMeta[];
  readonly results: readonly (readonly (string | null)[])[];
  readonly isException: boolean;
  readonly exceptionMessage: string | null;
  readonly duration: number;
  readonly partial: boolean;
  readonly queryId: string;
  readonly scanReport?: ScanReport | null;
}

export interface SavedQuery {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly sql: string;
  readonly description?: string | null;
  readonly owner?: string;
  readonly lastModified?: number;
}

export interface TableMeta {
  readonly table_NAME: string;
  readonly columns: readonly { readonly column_NAME: string; readonly type_NAME: string }[];
}

export interface User {
  readonly username: string;
}

import { describe, expect, it } from 'vitest';
import type { JobState } from '../../api/types';
import { sortOut, verbsOf } from './verbs';

const job = (job_status: JobState) => ({ job_status });

describe('verbs', () => {
  it('fit the state', () => {
    expect(verbsOf(job('RUNNING'))).toEqual(['pause', 'discard']);
    expect(verbsOf(job('PENDING'))).toEqual(['pause', 'discard']);
    expect(verbsOf(job('ERROR'))).toEqual(['resume', 'discard']);
    expect(verbsOf(job('STOPPED'))).toEqual(['resume', 'discard']);
    expect(verbsOf(job('FINISHED'))).toEqual(['drop']);
    expect(verbsOf(job('DISCARDED'))).toEqual(['drop']);
  });

  it('say what they skip', () => {
    const { fit, skipped } = sortOut('discard', [job('RUNNING'), job('FINISHED'), job('ERROR')]);
    expect(fit.map((one) => one.job_status)).toEqual(['RUNNING', 'ERROR']);
    expect(skipped.map((one) => one.job_status)).toEqual(['FINISHED']);
  });
});

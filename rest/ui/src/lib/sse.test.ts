import { describe, expect, it } from 'vitest';
import { sseReader } from './sse';

describe('sse', () => {
  const text = ': hello\n\nid: 7\nevent: job\ndata: {"a":\ndata: 1}\n\nevent: reset\ndata: {}\n\ndata: plain\n\n';
  const expected = [
    { type: 'job', data: '{"a":\n1}', id: '7' },
    { type: 'reset', data: '{}', id: '7' },
    { type: 'message', data: 'plain', id: '7' },
  ];

  it('reads events, wherever the text is cut', () => {
    for (let size = 1; size <= text.length; size += 1) {
      const reader = sseReader();
      const found = [];
      for (let i = 0; i < text.length; i += size) found.push(...reader.push(text.slice(i, i + size)));
      expect(found).toEqual(expected);
    }
  });

  it('takes all ends of lines', () => {
    expect(sseReader().push(text.replaceAll('\n', '\r\n'))).toEqual(expected);
  });
});

/**
 * Reads a stream of server-sent events. `EventSource` would do, but it hides the comments that the
 * server sends as signs of life, and without them a dead connection looks like a quiet one.
 */

export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string | null;
}

export interface SseReader {
  /** Takes the next piece of text, however it was cut. */
  push(text: string): ServerEvent[];
}

export function sseReader(): SseReader {
  let rest = '';
  let type = '';
  let id: string | null = null;
  let data: string[] = [];

  const field = (line: string): ServerEvent | null => {
    if (line === '') {
      const event = data.length > 0 ? { type: type || 'message', data: data.join('\n'), id } : null;
      [type, data] = ['', []];
      return event;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    if (name === 'event') type = value;
    if (name === 'id') id = value;
    return null;
  };

  return {
    push(text) {
      rest += text;
      const lines = rest.split(/\r\n|\n|\r(?=[^\n])/);
      rest = lines.pop() ?? '';
      return lines.map(field).filter((event) => event !== null);
    },
  };
}

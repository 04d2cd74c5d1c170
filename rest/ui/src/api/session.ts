import { loginNeeded, read } from './client';
import type { User } from './types';

interface Authentication {
  readonly userDetails?: User;
}

const PATH = '/user/authentication';

/** Who the caller is; null for nobody. */
export async function currentUser(signal?: AbortSignal): Promise<User | null> {
  return (await read<Authentication>(PATH, { signal })).userDetails ?? null;
}

/** Starts a session; its cookie is the only thing that is kept. */
export async function logIn(name: string, password: string): Promise<User | null> {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  const basic = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const answer = await read<Authentication>(PATH, { method: 'POST', headers: { Authorization: `Basic ${basic}` } });
  loginNeeded.value = false;
  return answer.userDetails ?? null;
}

const SOON_MS = 7 * 86_400_000;

export type KeyState = 'active' | 'expiring' | 'expired' | 'deactivated';

interface KeyTimes {
  is_active: boolean;
  expires_at: string | null;
  deactivated_at: string | null;
}

/** How a key stands; one that ends within a week is worth a word. */
export function keyStateOf(key: KeyTimes, now: number = Date.now()): KeyState {
  if (key.deactivated_at !== null) {
    return 'deactivated';
  }
  if (!key.is_active) {
    return 'expired';
  }
  return isExpiringSoon(key.expires_at, now) ? 'expiring' : 'active';
}

export function isExpiringSoon(expiresAt: string | null, now: number = Date.now()): boolean {
  return expiresAt !== null && Date.parse(expiresAt) - now < SOON_MS;
}

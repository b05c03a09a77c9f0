export const parts: readonly string[];
export function layOut(directory: string): void;
export function buildInto(directory: string): void;

import { expect, test } from 'vitest';
import { type Finding, refuse, warningsIn } from '../../../src/preflight/finding.ts';

const finding = (level: Finding['level'], message: string, ...remedy: string[]): Finding => ({
  id: 'one',
  level,
  message,
  remedy,
});

test('all problems are told at once, each remedy once; what is good or a warning ends nothing', () => {
  const findings = [
    finding('good', 'well'),
    finding('problem', 'no memory', 'fewer VMs'),
    finding('warning', 'perhaps', 'look'),
    finding('problem', 'no room', 'fewer VMs', 'make room'),
  ];
  expect(() => refuse(findings, 'not here:')).toThrow(
    expect.objectContaining({
      code: 'host-cannot',
      message: 'not here:\nno memory\nno room',
      hint: 'fewer VMs\nmake room',
    }),
  );
  expect(() =>
    refuse(
      findings.filter(({ level }) => level !== 'problem'),
      'not here:',
    ),
  ).not.toThrow();
  expect(() => refuse([finding('problem', 'why')])).toThrow(
    expect.objectContaining({ message: 'why', hint: undefined }),
  );
});

test('a warning stands before its remedy, line by line', () => {
  expect(warningsIn([finding('problem', 'no'), finding('warning', 'perhaps', 'one', 'two')])).toEqual([
    'perhaps\n  one\n  two',
  ]);
  expect(warningsIn([finding('warning', 'perhaps')])).toEqual(['perhaps']);
});

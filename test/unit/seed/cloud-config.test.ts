import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { checkPath, overlay } from '../../../src/seed/cloud-config.ts';
import { refusedTexts } from './seed-input.ts';

const ours = { ssh_pwauth: false, runcmd: ['a'], write_files: [{ path: '/etc/hosts' }] };

describe('overlay', () => {
  it('lets scalars and maps win, and adds new keys', () => {
    const theirs = { ssh_pwauth: true, timezone: 'Europe/Helsinki', growpart: { mode: 'off' } };
    expect(overlay(ours, theirs)).toEqual({ ...ours, ...theirs });
  });

  it('appends to lists', () => {
    const file = { path: '/srv/x', content: 'y', append: true };
    const merged = overlay(ours, { runcmd: ['b', ['c', 'd']], write_files: [file], packages: ['vim'] });
    expect(merged).toMatchObject({
      runcmd: ['a', 'b', ['c', 'd']],
      write_files: [{ path: '/etc/hosts' }, file],
      packages: ['vim'],
    });
  });

  it('leaves ours as it was', () => {
    overlay(ours, { runcmd: ['b'] });
    expect(ours.runcmd).toEqual(['a']);
  });

  it.each([
    ...[
      'hostname',
      'fqdn',
      'preserve_hostname',
      'users',
      'network',
      'manage_etc_hosts',
      'resolv_conf',
      'ssh_keys',
    ],
    ...[
      'ssh_deletekeys',
      'ssh_genkeytypes',
      'manual_cache_clean',
      'datasource_list',
      'final_message',
      'output',
    ],
    ...['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'],
  ])('refuses %s', (key) => {
    expect(() => overlay(ours, { [key]: [] })).toThrow(`cloud_config.${key} cannot be set: `);
  });

  it.each(['/etc/hosts', '/etc//hosts', 'etc/hosts', '/srv/../etc/resolv.conf', '/etc/ssh/ssh_host_rsa_key'])(
    'refuses to write %s',
    (path) => {
      const theirs = { write_files: [{ path: '/srv/a' }, { path, content: '' }] };
      expect(() => overlay(ours, theirs)).toThrow('cloud_config.write_files[1] cannot write /etc/');
    },
  );

  it.each([
    [{ runcmd: 'reboot' }, 'cloud_config.runcmd must be a list'],
    [{ packages: ['a', null] }, 'cloud_config.packages must be a list without empty items'],
    [{ write_files: ['/etc/hosts'] }, 'cloud_config.write_files[0] must be a map with a path'],
    [{ write_files: [{ path: ['/etc/hosts'] }] }, 'cloud_config.write_files[0] must be a map with a path'],
    [{ timezone: null }, 'cloud_config.timezone has no value'],
    [{ x: { when: new Date(0) } }, 'cloud_config.x.when is no text, number, list or map'],
    [{ x: [Number.NaN] }, 'cloud_config.x[0] is no text'],
    [{ x: new Map() }, 'cloud_config.x is no text'],
    [{ ['k'.repeat(2000)]: 1 }, 'a key of cloud_config is longer than 1000 characters'],
    [{ x: { ['\u2028'.repeat(300)]: 1 } }, 'a key of cloud_config.x is longer'],
  ])('refuses %j', (theirs, message) => {
    expect(() => overlay(ours, theirs)).toThrow(message);
    expect(() => overlay(ours, theirs)).toThrow(LabnetError);
  });

  it('refuses nesting that PyYAML would not survive', () => {
    const deep = Array.from({ length: 60 }).reduce<unknown>((inner) => [inner], 1);
    expect(() => overlay(ours, { x: deep })).toThrow('nested more than 50 deep');
  });

  it.each(refusedTexts)('refuses the text %j as a value and as a key', (text) => {
    expect(() => overlay(ours, { motd: { text } })).toThrow('cloud_config.motd.text has the ');
    expect(() => overlay(ours, { motd: { [text]: 1 } })).toThrow('a key of cloud_config.motd has the ');
    expect(() => overlay(ours, { [text]: 1 })).toThrow('a key of cloud_config has the ');
  });

  it('keeps every other JSON value as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), fc.jsonValue()), (theirs) => {
        try {
          expect(overlay({}, theirs)).toEqual(theirs);
        } catch (error) {
          expect(error).toBeInstanceOf(LabnetError);
        }
      }),
    );
  });
});

describe('checkPath', () => {
  it.each([
    ...[
      '/etc/hosts',
      '/etc/hostname',
      '/etc/resolv.conf',
      '/etc/network/interfaces',
      '/etc/./hosts',
      '//etc/hosts',
    ],
    ...['/etc/network/interfaces.d/50-cloud-init', '/etc/ssh/ssh_host_ed25519_key.pub'],
    ...['/etc/cloud/cloud.cfg.d/99-labnet.cfg', '/var/lib/cloud/instance/manual-clean'],
  ])('refuses %s', (path) => {
    expect(() => checkPath(path, 'files[0] of vm1')).toThrow(/^files\[0\] of vm1 cannot write \/(etc|var)\//);
  });

  it.each(['/etc/hosts.allow', '/srv/etc/hosts', '/etc/ssh/sshd_config', '/etc/network/if-up.d/x'])(
    'lets %s pass',
    (path) => {
      expect(() => checkPath(path, 'files[0] of vm1')).not.toThrow();
    },
  );
});

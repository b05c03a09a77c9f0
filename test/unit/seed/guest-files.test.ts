import { describe, expect, it } from 'vitest';
import { hostsFile, laterBootsFiles, resolverFile, userFiles } from '../../../src/seed/guest-files.ts';
import { refusedTexts, seedInput } from './seed-input.ts';

describe('hostsFile', () => {
  it('names the VM on the loopback as the lab sheet does, and the others by their addresses', () => {
    const { path, permissions, content } = hostsFile('vm1', [
      { name: 'vm2', address: '192.168.6.2' },
      { name: 'mirror.lab', address: '2001:db8::1' },
    ]);
    expect({ path, permissions }).toEqual({ path: '/etc/hosts', permissions: '0644' });
    expect(content.split('\n')).toEqual([
      '127.0.0.1 localhost',
      '127.0.0.1 vm1',
      '::1 localhost ip6-localhost ip6-loopback',
      'ff02::1 ip6-allnodes',
      'ff02::2 ip6-allrouters',
      '192.168.6.2 vm2',
      '2001:db8::1 mirror.lab',
      '',
    ]);
  });

  it.each(['', 'a b', 'a\n127.0.0.1 bank', '#a', 'a#b', 'a\t', '-a', '日本'])(
    'refuses the name %j',
    (name) => {
      expect(() => hostsFile('vm1', [{ name, address: '192.0.2.1' }])).toThrow(
        'a name under hosts cannot be',
      );
    },
  );

  it.each(['', '192.0.2.1 a', '192.0.2.1\n', 'host'])('refuses the address %j', (address) => {
    expect(() => hostsFile('vm1', [{ name: 'a', address }])).toThrow(
      'the address of a under hosts cannot be',
    );
  });
});

describe('resolverFile', () => {
  it('has a line per resolver', () => {
    expect(resolverFile(['192.0.2.53', '2001:db8::53'], false).content).toBe(
      '# Written by labnet at the first boot.\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n',
    );
  });

  it('replaces what the image has, even with nothing', () => {
    expect(resolverFile([], false).content).not.toContain('nameserver');
  });
});

describe('laterBootsFiles', () => {
  it('have cloud-init trust its copy of the seed, and otherwise leave the network alone', () => {
    const [settings, mark] = laterBootsFiles();
    expect(settings?.path).toBe('/etc/cloud/cloud.cfg.d/99-labnet.cfg');
    expect(settings?.content.split('\n').slice(1)).toEqual([
      'manual_cache_clean: true',
      'datasource_list: [NoCloud]',
      'network: {config: disabled}',
      '',
    ]);
    expect(mark).toMatchObject({ path: '/var/lib/cloud/instance/manual-clean', content: '' });
  });
});

describe('userFiles', () => {
  const files = (path: string) => [{ path, content: 'x', mode: '0600' }];

  it("gives a file in the user's home to the user, others to root", () => {
    const owner = (path: string) => userFiles(seedInput({ files: files(path) }).vm)[0]?.owner;
    expect(owner('/home/student/a')).toBe('student:student');
    expect(owner('/home/students/a')).toBe('root:root');
    expect(owner('/srv/a')).toBe('root:root');
  });

  it("refuses labnet's own paths", () => {
    expect(() => userFiles(seedInput({ files: files('/etc/hosts') }).vm)).toThrow(
      'files[0] of vm1 cannot write /etc/hosts',
    );
  });

  it.each(refusedTexts)('refuses %j', (text) => {
    expect(() => userFiles(seedInput({ files: files(`/srv/${text}`) }).vm)).toThrow(
      'files[0] of vm1 has the ',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { secretsIn } from '../../../src/action/secrets.ts';
import { intendedSeed, renderSeed, type SeedInput, type SeedTexts } from '../../../src/cloud-init/seed.ts';
import { LabnetError } from '../../../src/errors.ts';
import type { Vm } from '../../../src/lab/lab.ts';
import { hostileTexts, hostileVm, refusedTexts, seedInput } from './seed-input.ts';

const read = (text: string): unknown => parse(text, { version: '1.1' });
const readAll = ({ userData, metaData, networkConfig }: SeedTexts) => ({
  userData: read(userData),
  metaData: read(metaData),
  networkConfig: read(networkConfig),
});
const userData = (vm: Partial<Vm> = {}, changes: Partial<SeedInput> = {}) =>
  readAll(renderSeed(seedInput(vm, changes))).userData;

describe('the seed of a plain VM', () => {
  it('says who the VM is', () => {
    expect(readAll(renderSeed(seedInput())).metaData).toEqual({
      'instance-id': 'lab-vm1-0123abcd',
      'local-hostname': 'vm1',
    });
  });

  it('sets a static address and the default route, by the name of the interface', () => {
    const { networkConfig } = renderSeed(seedInput());
    expect(read(networkConfig)).toEqual({
      version: 1,
      config: [
        {
          type: 'physical',
          name: 'eth0',
          mtu: 1450,
          subnets: [
            {
              type: 'static',
              address: '192.168.6.1/24',
              gateway: '192.168.6.10',
              dns_nameservers: ['192.0.2.53', '192.0.2.54'],
            },
          ],
        },
      ],
    });
  });

  it('leaves resolvers out when there are none', () => {
    expect(renderSeed(seedInput({}, { nameservers: [] })).networkConfig).not.toContain('dns_nameservers');
  });

  it('is a cloud-config', () => {
    expect(renderSeed(seedInput()).userData).toMatch(/^#cloud-config\n/);
  });

  it('configures name, user, keys and files, and says when it is done', () => {
    expect(userData()).toEqual({
      hostname: 'vm1',
      preserve_hostname: false,
      manage_etc_hosts: false,
      users: [
        {
          name: 'student',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          lock_passwd: false,
          plain_text_passwd: '@@labnet:/lab/vm1/password@@',
          ssh_authorized_keys: ['@@labnet:/lab/id_ed25519.pub@@'],
        },
      ],
      ssh_pwauth: false,
      disable_root: true,
      ssh_deletekeys: true,
      ssh_genkeytypes: ['ed25519'],
      ssh_keys: {
        ed25519_private: '@@labnet:/lab/vm1/key@@\n',
        ed25519_public: '@@labnet:/lab/vm1/key.pub@@',
      },
      write_files: [
        expect.objectContaining({ path: '/etc/hosts' }),
        expect.objectContaining({ path: '/etc/resolv.conf' }),
        expect.objectContaining({ path: '/etc/cloud/cloud.cfg.d/99-labnet.cfg' }),
        expect.objectContaining({ path: '/var/lib/cloud/instance/manual-clean' }),
      ],
      cloud_init_modules: ['growpart', 'resizefs', 'set_hostname', 'users_groups', 'write_files', 'ssh'],
      cloud_config_modules: ['set_passwords'],
      cloud_final_modules: ['final_message'],
      final_message: 'labnet-ready lab-vm1-0123abcd',
    });
  });
});

describe('what the lab file adds', () => {
  it('lets ssh ask for a password only when the lab file sets one', () => {
    expect(userData({ password: 'secret' })).toMatchObject({ ssh_pwauth: true });
  });

  it('hands a hash on as a hash', () => {
    const { users } = userData({ password: '$6$a$b' }, { passwordIsHash: true }) as { users: object[] };
    expect(users[0]).toMatchObject({ hashed_passwd: '@@labnet:/lab/vm1/password@@' });
    expect(users[0]).not.toHaveProperty('plain_text_passwd');
  });

  it('never holds the password itself', () => {
    expect(renderSeed(seedInput({ password: 'hunter2hunter2' })).userData).not.toContain('hunter2');
  });

  it('runs the modules for packages and commands', () => {
    const found = userData({ packages: ['tcpdump'], run: ['echo hi'], sshKeys: ['ssh-ed25519 AAAA+/= x'] });
    expect(found).toMatchObject({
      package_update: true,
      packages: ['tcpdump'],
      runcmd: ['echo hi'],
      users: [{ ssh_authorized_keys: ['@@labnet:/lab/id_ed25519.pub@@', 'ssh-ed25519 AAAA+/= x'] }],
      cloud_config_modules: ['set_passwords', 'runcmd'],
      cloud_final_modules: ['package_update_upgrade_install', 'scripts_user', 'final_message'],
    });
  });

  it('leaves the later module lists to the image when there is a raw cloud_config', () => {
    const found = userData({
      run: ['a'],
      cloudConfig: { timezone: 'Etc/UTC', runcmd: ['b'], packages: ['vim'] },
    });
    expect(found).toMatchObject({ timezone: 'Etc/UTC', runcmd: ['a', 'b'], packages: ['vim'] });
    expect(found).not.toHaveProperty('cloud_config_modules');
    expect(found).not.toHaveProperty('cloud_final_modules');
  });

  it("keeps users before files in every seed, so that a file in the user's home leaves the home the user's", () => {
    for (const cloudConfig of [{}, { bootcmd: ['true'] }]) {
      const { cloud_init_modules: modules } = userData({ cloudConfig }) as { cloud_init_modules: string[] };
      expect(modules.indexOf('users_groups')).toBeLessThan(modules.indexOf('write_files'));
    }
  });
});

describe('hostile text', () => {
  it.each(['no', 'on', 'y', '123', '0x1f', '1e3', 'null', 'TRUE', '0', '00'])(
    'keeps the hostname %s',
    (hostname) => {
      const { userData, metaData } = readAll(renderSeed(seedInput({ hostname })));
      expect(userData).toMatchObject({ hostname });
      expect(metaData).toMatchObject({ 'local-hostname': hostname });
    },
  );

  it.each(['', '-a', 'a-', 'a.b', 'a b', 'a\n', 'ä', 'a'.repeat(64)])(
    'refuses the hostname %j',
    (hostname) => {
      expect(() => renderSeed(seedInput({ hostname }))).toThrow('hostname of vm1 cannot be');
    },
  );

  it.each(['', 'a b', 'a$b', '{{x}}'])('refuses the instance id %j', (instanceId) => {
    expect(() => renderSeed(seedInput({}, { instanceId }))).toThrow('instance id of vm1 cannot be');
  });

  it.each(hostileTexts)('keeps %j in every field', (text) => {
    const found = userData({
      user: text,
      run: [text],
      packages: [text],
      sshKeys: [text],
      files: [{ path: `/srv/${text}`, content: text, mode: text }],
    });
    expect(found).toMatchObject({ users: [{ name: text }], runcmd: [text], packages: [text] });
    expect(found).toMatchObject({ users: [{ ssh_authorized_keys: [expect.anything(), text] }] });
    expect(found).toHaveProperty('write_files[4]', {
      path: `/srv/${text}`,
      owner: 'root:root',
      permissions: text,
      content: text,
    });
  });

  it.each(refusedTexts)('refuses %j in every field', (text) => {
    const everywhere: Partial<Vm>[] = [
      { user: text },
      { run: [text] },
      { packages: [text] },
      { sshKeys: [text] },
      { files: [{ path: '/srv/a', content: text, mode: '0644' }] },
      { files: [{ path: '/srv/a', content: '', mode: text }] },
      { cloudConfig: { motd: text } },
    ];
    for (const vm of everywhere) expect(() => renderSeed(seedInput(vm))).toThrow(LabnetError);
  });

  it.each([{ nameservers: ['a b'] }, { nameservers: ['1.1.1.1\nsearch x'] }])(
    'refuses resolvers %j',
    (changes) => {
      expect(() => renderSeed(seedInput({}, changes))).toThrow('an address cannot be');
    },
  );

  it('is refused, or comes out exactly as it went in and asks for no other secret', () => {
    const tokens = ['/lab/id_ed25519.pub', '/lab/vm1/key', '/lab/vm1/key.pub', '/lab/vm1/password'];
    let kept = 0;
    fc.assert(
      fc.property(hostileVm, (vm) => {
        const input = seedInput(vm);
        let texts: SeedTexts;
        try {
          texts = renderSeed(input);
        } catch (error) {
          expect(error).toBeInstanceOf(LabnetError);
          return;
        }
        kept += 1;
        expect(readAll(texts)).toEqual(intendedSeed(input));
        expect(secretsIn(Object.values(texts).join('')).sort()).toEqual(tokens);
      }),
      { numRuns: 500 },
    );
    expect(kept).toBeGreaterThan(50);
  });
});

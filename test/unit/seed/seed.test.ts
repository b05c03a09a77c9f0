import { describe, expect, it } from 'vitest';
import { reachFiles } from '../../../src/seed/reach-files.ts';
import { renderSeed } from '../../../src/seed/seed.ts';
import { readSeed, userDataOf } from './read-seed.ts';
import { seedInput } from './seed-input.ts';

describe('the seed of a plain VM', () => {
  it('says who the VM is', () => {
    expect(readSeed(renderSeed(seedInput())).metaData).toEqual({
      'instance-id': 'lab-vm1-0123abcd',
      'local-hostname': 'vm1',
    });
  });

  it('sets a static address and the default route, by the name of the interface', () => {
    const { networkConfig } = readSeed(renderSeed(seedInput()));
    expect(networkConfig).toEqual({
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

  it('finds the NIC of an image that labnet did not build by its MAC address, at each boot', () => {
    const seed = renderSeed(seedInput({}, { byMac: true, mac: '52:54:00:AB:CD:EF' }));
    const { networkConfig } = readSeed(seed);
    expect(networkConfig).toMatchObject({
      config: [{ type: 'physical', name: 'eth0', mac_address: '52:54:00:ab:cd:ef', mtu: 1450 }],
    });
    expect(seed.networkConfig).not.toContain('Matched by its name');
    const link = {
      path: '/etc/systemd/network/10-labnet-eth0.link',
      owner: 'root:root',
      permissions: '0644',
      content: '[Match]\nMACAddress=52:54:00:ab:cd:ef\n\n[Link]\nName=eth0\n',
    };
    expect(userDataOf({}, { byMac: true, mac: '52:54:00:AB:CD:EF' })).toMatchObject({
      write_files: expect.arrayContaining([link]),
    });
  });

  it('leaves resolvers out when there are none', () => {
    expect(renderSeed(seedInput({}, { nameservers: [] })).networkConfig).not.toContain('dns_nameservers');
  });

  it('is a cloud-config', () => {
    expect(renderSeed(seedInput()).userData).toMatch(/^#cloud-config\n/);
  });

  it('configures name, user, keys and files, and says when it is done', () => {
    expect(userDataOf()).toEqual({
      hostname: 'vm1',
      preserve_hostname: false,
      manage_etc_hosts: false,
      users: [
        {
          name: 'student',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          lock_passwd: false,
          hashed_passwd: '@@labnet:crypt(salt):/lab/vm1/password@@',
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
        expect.objectContaining({ path: '/etc/udev/rules.d/40-labnet-cpu.rules' }),
        expect.objectContaining({
          path: '/etc/ssh/sshd_config.d/10-labnet.conf',
          content: 'PasswordAuthentication no\n',
        }),
        expect.objectContaining({
          path: '/etc/environment',
          content: '\nLANG=C.UTF-8\n',
          append: true,
        }),
        ...reachFiles(),
      ],
      cloud_init_modules: ['growpart', 'resizefs', 'set_hostname', 'users_groups', 'write_files', 'ssh'],
      cloud_config_modules: [],
      cloud_final_modules: ['scripts_per_boot', 'final_message'],
      final_message: 'labnet-ready lab-vm1-0123abcd',
    });
  });
});

describe('the groups of the user', () => {
  it('are named in the seed, and nothing is where there are none', () => {
    expect(userDataOf({ groups: ['docker', 'adm'] })).toMatchObject({
      users: [{ name: 'student', groups: ['docker', 'adm'] }],
    });
    expect(userDataOf({ groups: ['docker'] })).not.toHaveProperty('users[0].primary_group');
    expect(userDataOf()).not.toHaveProperty('users[0].groups');
  });

  it('begin with a group of Debian that has the name of the user', () => {
    expect(userDataOf({ user: 'operator', groups: ['docker'] })).toMatchObject({
      users: [{ name: 'operator', primary_group: 'operator', groups: ['operator', 'docker'] }],
    });
  });
});

describe('a group of the user’s own name', () => {
  it.each([
    [{ groups: ['bob', 'video'] }, ['bob', 'video']],
    [{ cloudConfig: { groups: ['bob'] } }, ['bob']],
    [{ cloudConfig: { groups: ['x', { bob: ['root'] }] } }, ['bob']],
    [{ cloudConfig: { groups: { bob: [] } } }, ['bob']],
    [{ cloudConfig: { groups: 'x, bob' } }, ['bob']],
  ])('is the user’s: useradd makes none where there is one: %o', (vm, groups) => {
    expect(userDataOf({ user: 'bob', ...vm })).toMatchObject({
      users: [{ name: 'bob', primary_group: 'bob', groups }],
    });
  });
});

describe('ssh with a password', () => {
  const login = (allowed: string) => ({
    path: '/etc/ssh/sshd_config.d/10-labnet.conf',
    content: `PasswordAuthentication ${allowed}\n`,
  });

  it.each([
    [undefined, undefined, false, 'no'],
    ['secret', undefined, true, 'yes'],
    [undefined, true, true, 'yes'],
    ['secret', false, false, 'no'],
  ])('password %j, ssh_pwauth %j: %j', (password, wanted, says, word) => {
    const cloudConfig = wanted === undefined ? {} : { ssh_pwauth: wanted };
    const found = userDataOf({ password, cloudConfig });
    expect(found).toMatchObject({ ssh_pwauth: says });
    expect((found as { write_files: unknown }).write_files).toContainEqual(
      expect.objectContaining(login(word)),
    );
  });
});

describe('what the lab file adds', () => {
  it('lets ssh ask for a password only when the lab file sets one', () => {
    expect(userDataOf({ password: 'secret' })).toMatchObject({ ssh_pwauth: true });
  });

  it('never holds the password itself', () => {
    expect(renderSeed(seedInput({ password: 'hunter2hunter2' })).userData).not.toContain('hunter2');
  });

  it('runs the modules for packages and commands', () => {
    const found = userDataOf({ packages: ['tcpdump'], run: ['echo hi'], sshKeys: ['ssh-ed25519 AAAA+/= x'] });
    expect(found).toMatchObject({
      package_update: true,
      packages: ['tcpdump'],
      users: [{ ssh_authorized_keys: ['@@labnet:/lab/id_ed25519.pub@@', 'ssh-ed25519 AAAA+/= x'] }],
      write_files: expect.arrayContaining([
        { path: '/var/lib/labnet/line-1', owner: 'root:root', permissions: '0600', content: 'echo hi' },
        expect.objectContaining({
          path: '/var/lib/cloud/scripts/per-boot/labnet-first-boot',
          permissions: '0700',
          content: expect.stringMatching(/^#!\/bin\/sh\n/),
        }),
      ]),
      cloud_config_modules: [],
      cloud_final_modules: ['package_update_upgrade_install', 'scripts_per_boot', 'final_message'],
    });
  });

  it('leaves the later module lists to the image when there is a raw cloud_config', () => {
    const found = userDataOf({
      run: ['a'],
      cloudConfig: { timezone: 'Etc/UTC', runcmd: ['b'], packages: ['vim'] },
    });
    expect(found).toMatchObject({ timezone: 'Etc/UTC', runcmd: ['b'], packages: ['vim'] });
    expect(found).toMatchObject({
      write_files: expect.arrayContaining([expect.objectContaining({ content: 'a' })]),
    });
    expect(found).not.toHaveProperty('cloud_config_modules');
    expect(found).not.toHaveProperty('cloud_final_modules');
  });

  it("keeps users before files in every seed, so that a file in the user's home leaves the home the user's", () => {
    for (const cloudConfig of [{}, { bootcmd: ['true'] }]) {
      const { cloud_init_modules: modules } = userDataOf({ cloudConfig }) as { cloud_init_modules: string[] };
      expect(modules.indexOf('users_groups')).toBeLessThan(modules.indexOf('write_files'));
    }
  });
});

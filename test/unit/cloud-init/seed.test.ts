import { describe, expect, it } from 'vitest';
import { renderSeed } from '../../../src/cloud-init/seed.ts';
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
      ],
      cloud_init_modules: ['growpart', 'resizefs', 'set_hostname', 'users_groups', 'write_files', 'ssh'],
      cloud_config_modules: [],
      cloud_final_modules: ['final_message'],
      final_message: 'labnet-ready lab-vm1-0123abcd',
    });
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

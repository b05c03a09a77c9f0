/** Labs where another program minds the links: each works and leaves no trace, or is refused with what to type. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
/** The process that plays the other program. */
let pid: string | undefined;

const shell = (script: string) => place.inHost('sh', '-e', '-c', script);

/** What NetworkManager last read; with a line for each time it was asked. */
const [told, asked] = ['/run/NetworkManager/told', '/run/asked'];

/** Like the real one it does nothing without a NetworkManager, and ends with 8. */
const nmcli = `#!/bin/sh -e
pgrep --full '^/usr/sbin/NetworkManager' > /dev/null || exit 8
echo "$*" >> ${asked}
cat /run/NetworkManager/conf.d/*.conf > ${told} 2> /dev/null || rm -f ${told}
`;

beforeAll(async () => {
  place = await standInPlace();
  writeFileSync(join(place.directory, 'stand-in/nmcli'), nmcli, { mode: 0o755 });
  // The cage's own: the machine that the tests run on keeps what it has there.
  await shell(`mount -t tmpfs own /run
    cp -a /etc /run/etc
    mount --bind /run/etc /etc
    rm -rf /etc/systemd/network
    mkdir -p /etc/systemd/network /run/NetworkManager`);
});

afterAll(() => place.close());

afterEach(async () => {
  await place.labnet('destroy', '--all', '--yes');
  await ends();
});

async function runs(program: string): Promise<void> {
  pid = await place.inHost('bash', '-c', `(exec -a ${program} sleep infinity) > /dev/null 2>&1 & echo $!`);
}

async function ends(): Promise<void> {
  if (pid !== undefined) await place.inHost('kill', pid);
  pid = undefined;
}

const snapshot = async () => ({
  ...(await place.snapshot()),
  own: await shell('find /etc/systemd/network /run/NetworkManager -exec ls -ld --time-style=+ {} +'),
});

const provisioned = async () => {
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect([status, value.error]).toEqual([0, undefined]);
};

describe('NetworkManager', () => {
  const file = '/run/NetworkManager/conf.d/labnet-own.conf';

  test('is told to keep off the lab’s links, and told again when the lab is gone', async () => {
    await runs('/usr/sbin/NetworkManager');
    const before = await snapshot();
    expect((await place.labnet('plan', 'lab.yaml')).stdout).toContain(file);
    await provisioned();
    expect(await shell(`cat ${told}`)).toMatch(
      /\nmatch-device=interface-name:br0;interface-name:tap0;interface-name:\S+\nmanaged=0$/,
    );
    await shell(`rm ${file}`);
    expect((await place.labnet('status')).stdout).toMatch(/unmanaged:br0 +absent/);
    expect((await place.json('repair')).status).toBe(0);
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await snapshot()).toEqual(before);
    expect(new Set((await shell(`cat ${asked}`)).split('\n'))).toEqual(new Set(['general reload conf']));
  });

  test('may end before the lab does, and keeps what others have told it', async () => {
    await shell(`cd /run/NetworkManager
      mkdir --mode 750 conf.d
      echo "# theirs" > conf.d/theirs.conf`);
    const before = await snapshot();
    await runs('/usr/sbin/NetworkManager');
    await provisioned();
    await ends();
    await shell(`rm ${told}`);
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await snapshot()).toEqual(before);
  });

  test('that does not run is told nothing', async () => {
    expect((await place.labnet('plan', 'lab.yaml')).stdout).not.toContain('NetworkManager');
  });
});

describe('systemd-networkd', () => {
  test('with a file for every link: refused before the first change, and what is told to type makes it work', async () => {
    await runs('/lib/systemd/systemd-networkd');
    await shell("printf '[Match]\\nName=*\\n[Network]\\nDHCP=yes\\n' > /etc/systemd/network/50-all.network");
    const before = await snapshot();
    const { status, value } = await place.json('provision', 'lab.yaml');
    expect([status, value.error.code]).toEqual([4, 'host-cannot']);
    expect(value.error.message).toContain('/etc/systemd/network/50-all.network matches');
    expect(await snapshot()).toEqual(before);
    const [line = '', reload] = value.error.hint.split('\n');
    expect(reload).toBe('networkctl reload');
    expect((await place.labnet('doctor')).stdout).toContain('/etc/systemd/network/50-all.network matches');
    await shell(line);
    const after = await snapshot();
    await provisioned();
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await snapshot()).toEqual(after);
  });
});

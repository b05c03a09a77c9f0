import type { Command } from 'commander';
import type { AddCommand, Run } from './add-command.ts';
import { withExamples } from './help.ts';
import { count } from './numbers.ts';

/** Adds the commands on the store of base images. */
export function addImageCommands(add: AddCommand, run: Run, program: Command): void {
  const image = withExamples(program.command('image'), [
    'labnet image list',
    'sudo labnet image build debian-12',
    'sudo labnet image import disk.qcow2 --name mine',
  ])
    .description('the base images that disks stand on')
    .exitOverride();
  const commands = () => import('../commands/image.ts');
  const store = () => import('../commands/image-store.ts');

  add('list', 'what is stored, and what could be built', ['labnet image list'], image).action((options) =>
    run('nothing', options, async (context) => (await commands()).imageList(context)),
  );

  add('build <name>', 'build an image from Debian packages', ['sudo labnet image build debian-12'], image)
    .option('--mirror <url>', "a Debian mirror, instead of the recipe's")
    .action((name: string, options) =>
      run('host', options, async (context) => (await commands()).imageBuild(name, options, context)),
    );

  add(
    'pull <name>',
    "download Debian's own cloud image, checked against its SHA512SUMS",
    ['sudo labnet image pull debian-12', 'sudo labnet image pull mine --url https://example.org/mine.qcow2'],
    image,
  )
    .option('--url <url>', "another image than the recipe's")
    .option('--sums <url>', 'its SHA512SUMS; the one beside it unless told')
    .action((name: string, options) =>
      run('host', options, async (context) => (await commands()).imagePull(name, options, context)),
    );

  add('import <file>', 'store a local image file', ['sudo labnet image import disk.qcow2 --name mine'], image)
    .option('--name <name>', "the file's own unless told")
    .option('--format <format>', 'qcow2 or raw', 'qcow2')
    .action((file: string, options) =>
      run('host', options, async (context) => (await commands()).imageImport(file, options, context)),
    );

  add(
    'remove <name>',
    'remove a stored image that no lab stands on',
    ['sudo labnet image remove debian-12'],
    image,
  ).action((name: string, options) =>
    run('host', options, async (context) => (await store()).imageRemove(name, context)),
  );

  add(
    'prune',
    'remove the files of images that were replaced and that nothing stands on',
    ['sudo labnet image prune --dry-run', 'sudo labnet image prune'],
    image,
  )
    .option('--dry-run', 'only tell what would go', false)
    .action((options) =>
      run('host', options, async (context) => (await store()).imagePrune(options, context)),
    );

  add(
    'info <name>',
    'what is known of a stored image; its content is checked',
    ['labnet image info debian-11'],
    image,
  ).action((name: string, options) =>
    run('nothing', options, async (context) => (await commands()).imageInfo(name, context)),
  );

  add(
    'warm [file]',
    "boot an image once and keep that, so that a lab's VMs are cloned from it",
    ['sudo labnet image warm --vms 2', 'sudo labnet image warm lab.yaml'],
    image,
  )
    .option('--vms <n>', 'for the VMs of that many on the standard network', count)
    .action((file: string | undefined, options) =>
      run('host', options, async (context) => {
        const { imageWarm } = await import('../commands/image-warm.ts');
        return imageWarm({ ...options, file }, context);
      }),
    );
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// revision is a commit and why it was taken.
type revision struct{ commit, name, why string }

// git returns what it prints, without the line's end.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	return output(ctx, dir, os.Environ(), "git", args...)
}

// state says what the working tree is: a commit, and whether there is more than that.
func state(ctx context.Context, root string) (head string, dirty bool, err error) {
	if head, err = git(ctx, root, "rev-parse", "HEAD"); err != nil {
		return "", false, err
	}
	changed, err := git(ctx, root, "status", "--porcelain")
	return head, changed != "", err
}

// chooseBase takes what was asked for, or else what somebody means who only says "did I make it worse?": against where the branch left
// origin/main, and if there is no such place, against the last commit before the work in hand.
func chooseBase(ctx context.Context, root, asked string) (revision, error) {
	if asked != "" {
		commit, err := resolve(ctx, root, asked)
		return revision{commit, asked, "asked for"}, err
	}
	head, dirty, err := state(ctx, root)
	if err != nil {
		return revision{}, err
	}
	if commit, err := git(ctx, root, "merge-base", "HEAD", "origin/main"); err == nil && commit != head {
		return revision{commit, "origin/main", "where this branch left origin/main"}, nil
	}
	if dirty {
		return revision{head, "HEAD", "the working tree has changes since"}, nil
	}
	commit, err := resolve(ctx, root, "HEAD~1")
	if err != nil {
		return revision{}, errors.New("there is nothing to compare with: no change, no commit before this one; say -base")
	}
	return revision{commit, "HEAD~1", "nothing has changed since HEAD"}, nil
}

func resolve(ctx context.Context, root, name string) (string, error) {
	commit, err := git(ctx, root, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("base %q is no commit of this repository (a shallow clone has few)", name)
	}
	return commit, nil
}

// worktree checks a commit out, and returns where, and what removes it again. The removal does not heed ctx: a signal is when it matters.
func worktree(ctx context.Context, root, temp, commit string) (string, func() error, error) {
	dir := filepath.Join(temp, "base")
	remove := func() error {
		after := context.WithoutCancel(ctx)
		_, removal := git(after, root, "worktree", "remove", "--force", dir)
		if removal == nil {
			return nil
		}
		// It was interrupted half way. Without the folder, git knows that the rest is stale.
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		_, err := git(after, root, "worktree", "prune")
		return err
	}
	// Nobody's hooks: this is no place where somebody works.
	if _, err := git(ctx, root, "-c", "core.hooksPath="+os.DevNull, "worktree", "add", "--quiet", "--detach", dir, commit); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}
